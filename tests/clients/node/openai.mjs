// The official client for Node, unmodified: one action for each thing a user does with it.
import OpenAI, { toFile } from "openai";
import { fetched, kindOf, run } from "./program.mjs";

const client = (order) => new OpenAI({ baseURL: `${order.url}/v1`, apiKey: order.token, maxRetries: order.retries ?? 0 });

async function pictures(answer) {
  const found = [];
  for (const item of answer.data) {
    found.push(item.b64_json ? { kind: kindOf(Buffer.from(item.b64_json, "base64")), url: false } : { ...(await fetched(item.url)), url: true });
  }
  return { created: answer.created, size: answer.size, requestId: answer._request_id, pictures: found };
}

async function events(stream) {
  const found = [];
  for await (const event of stream) {
    const { b64_json, ...rest } = event;
    found.push({ ...rest, kind: kindOf(Buffer.from(b64_json ?? "", "base64")) });
  }
  return found;
}

const file = (name, base64) => toFile(Buffer.from(base64, "base64"), name, { type: "image/png" });

await run({
  async models(order) {
    const names = [];
    for await (const model of client(order).models.list()) names.push(model.id);
    return { names, one: await client(order).models.retrieve(order.model) };
  },
  generate: async (order) => pictures(await client(order).images.generate(order.body)),
  generateStream: async (order) => events(await client(order).images.generate({ ...order.body, stream: true })),
  async edit(order) {
    const files = await Promise.all(order.files.map((each, place) => file(`${place}.png`, each)));
    return pictures(await client(order).images.edit({ ...order.body, image: files.length === 1 ? files[0] : files }));
  },
  async editStream(order) {
    return events(await client(order).images.edit({ ...order.body, image: await file("a.png", order.files[0]), stream: true }));
  },
  chat: async (order) => client(order).chat.completions.create(order.body),
  async chatStream(order) {
    const chunks = [];
    for await (const chunk of await client(order).chat.completions.create({ ...order.body, stream: true })) chunks.push(chunk);
    return chunks;
  },
  async respond(order) {
    const { output, output_text, status, usage } = await client(order).responses.create(order.body);
    const calls = output.filter((item) => item.type === "image_generation_call");
    return { status, usage, output_text, pictures: calls.map((call) => kindOf(Buffer.from(call.result, "base64"))) };
  },
  async respondStream(order) {
    const types = [];
    let last = null;
    for await (const event of await client(order).responses.create({ ...order.body, stream: true })) {
      types.push([event.sequence_number, event.type]);
      last = event;
    }
    const calls = last.response.output.filter((item) => item.type === "image_generation_call");
    return { types, status: last.response.status, pictures: calls.map((call) => kindOf(Buffer.from(call.result, "base64"))) };
  },
  async video(order) {
    const { videos } = client(order);
    let video = await videos.create(order.file ? { ...order.body, input_reference: await file("frame.png", order.file) } : order.body);
    const first = video;
    while (video.status === "queued" || video.status === "in_progress") {
      await new Promise((resolve) => setTimeout(resolve, 100));
      video = await videos.retrieve(video.id);
    }
    const content = await videos.downloadContent(video.id);
    return { first, video, type: content.headers.get("content-type"), kind: kindOf(new Uint8Array(await content.arrayBuffer())) };
  },
  async videoPages(order) {
    const listed = [];
    for await (const video of client(order).videos.list({ limit: 1, order: "asc" })) listed.push(video.id);
    const remixed = await client(order).videos.remix(listed[0], { prompt: "at night" });
    return { listed, remixed };
  },
  videoDelete: async (order) => client(order).videos.delete(order.id),
});
