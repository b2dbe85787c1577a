// The AI SDK, unmodified, with the provider for compatible gateways and the one for OpenAI.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateImage, generateText, streamText } from "ai";
import { kindOf, run } from "./program.mjs";

function provider(order) {
  const options = { baseURL: `${order.url}/v1`, apiKey: order.token };
  return order.provider === "openai" ? createOpenAI(options) : createOpenAICompatible({ name: "dreambridge", ...options });
}

await run({
  async generateImage(order) {
    const source = provider(order);
    const model = order.provider === "openai" ? source.image(order.model) : source.imageModel(order.model);
    const prompt = order.files ? { text: order.prompt, images: order.files.map((each) => Buffer.from(each, "base64")) } : order.prompt;
    const { images, warnings } = await generateImage({ model, prompt, n: order.n, size: order.size, maxRetries: 0 });
    return { pictures: images.map((each) => ({ kind: kindOf(each.uint8Array), type: each.mediaType })), warnings };
  },
  async generateText(order) {
    const source = provider(order);
    const { text, finishReason, usage } = await generateText({ model: source.chatModel(order.model), prompt: order.prompt, maxRetries: 0 });
    return { text, finishReason, usage };
  },
  async streamText(order) {
    const { textStream, reasoningText, finishReason } = streamText({ model: provider(order).chatModel(order.model), prompt: order.prompt, maxRetries: 0 });
    const parts = [];
    for await (const part of textStream) parts.push(part);
    return { text: parts.join(""), reasoning: await reasoningText, finishReason: await finishReason };
  },
});
