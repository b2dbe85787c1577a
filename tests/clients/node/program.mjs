// What every client program here does: read the order, run one action, print what the user of the client would get.

export function failure(error) {
  return {
    class: error.constructor.name,
    status: error.status ?? error.statusCode ?? null,
    code: error.code ?? null,
    type: error.type ?? null,
    param: error.param ?? null,
    requestId: error.requestID ?? null,
    message: error.message,
  };
}

export async function run(actions) {
  const order = JSON.parse(process.argv[2]);
  const action = actions[order.action];
  if (!action) throw new Error(`there is no action ${order.action}`);
  let result;
  try {
    result = await action(order);
  } catch (error) {
    result = { failure: failure(error) };
  }
  process.stdout.write(JSON.stringify(result) + "\n");
}

// The type a browser would see, told from the first bytes.
export function kindOf(bytes) {
  const head = Buffer.from(bytes.slice(0, 12)).toString("latin1");
  if (head.startsWith("\x89PNG")) return "png";
  if (head.startsWith("\xff\xd8")) return "jpeg";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "webp";
  return head.slice(4, 8) === "ftyp" ? "mp4" : "unknown";
}

export async function fetched(url) {
  const answer = await fetch(url);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, type: answer.headers.get("content-type"), kind: kindOf(bytes) };
}
