// Calls to the gateway's public API, relative to where the page lies. Nothing here knows an address of its own.
import { get, set } from "./state.js";

export const BASE = new URL("./", document.baseURI).href;
const PROBE_MS = 1500;

/** What the API answered instead of what was asked for: its own words, and whether the same call may be sent again. */
export class ApiError extends Error {
  constructor(status, body) {
    super(body.message);
    Object.assign(this, { param: null, code: null, remedy: "", retryable: false, charged: "no", ...body, status });
  }
}

/** The server cannot be reached at all. */
export class ServerLost extends Error {}

export const credential = () => get().credentials.find((each) => each.id === get().active) ?? null;

function headersOf(options) {
  const value = options.as ?? credential()?.value;
  return {
    "Accept-Language": get().language,
    ...(value ? { Authorization: `Bearer ${value}` } : {}),
    ...(options.json === undefined ? {} : { "Content-Type": "application/json" }),
    ...options.headers,
  };
}

/** Send a call and give the response; throws ApiError or ServerLost, or AbortError as fetch does. */
export async function send(path, options = {}) {
  let response;
  try {
    response = await fetch(BASE + path, {
      method: options.method ?? (options.json === undefined && options.body === undefined ? "GET" : "POST"),
      headers: headersOf(options),
      body: options.json === undefined ? options.body : JSON.stringify(options.json),
      signal: options.signal,
      cache: "no-store",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    lose();
    throw new ServerLost();
  }
  if (!response.ok) throw await readError(response);
  return response;
}

async function readError(response) {
  const body = await response.json().catch(() => null);
  const error = body?.error ?? { message: `HTTP ${response.status}`, code: "unreadable_answer" };
  return new ApiError(response.status, error);
}

/** Send a call and read its JSON. */
export const call = async (path, options) => (await send(path, options)).json();

/** Start a job and give it; a call that joins one which has ended is answered with its result instead. */
export async function callJob(path, { headers, ...options }) {
  const response = await send(path, { ...options, headers: { ...headers, Prefer: "respond-async" } });
  const body = await response.json();
  return body.object === "job" ? body : call(`v1/jobs/${response.headers.get("x-job-id")}`, { as: options.as });
}

/** Upload bytes, telling how much is sent (0–1); fetch cannot tell. */
export function upload(path, file, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", BASE + path);
    for (const [name, value] of Object.entries(headersOf({}))) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.onload = () =>
      request.status < 300
        ? resolve(request.response)
        : reject(new ApiError(request.status, request.response?.error ?? { message: `HTTP ${request.status}` }));
    request.onerror = () => {
      lose();
      reject(new ServerLost());
    };
    request.send(file);
  });
}

let probing = false;
const recovered = new Set();

/** Have something done each time the server is back. */
export const onRecovery = (run) => recovered.add(run);

/** Note that the server is gone, and ask for it until it is back. */
async function lose() {
  set({ online: false });
  if (probing) return;
  probing = true;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    try {
      if ((await fetch(`${BASE}livez`, { cache: "no-store" })).ok) break;
    } catch {
      // Still gone.
    }
  }
  probing = false;
  set({ online: true });
  for (const run of recovered) run();
}

/** Give the events of a job as they come, and end when the job does or the connection breaks. */
export async function* events(path, signal) {
  const response = await send(path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\n").filter((line) => line.startsWith("data: "));
        if (data.length) yield JSON.parse(data.map((line) => line.slice(6)).join("\n"));
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
