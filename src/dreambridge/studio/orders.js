// What the composer says, as a call of the public API; and an earlier job as what the composer would say.
import { call } from "./api.js";
import { keep, read } from "./kept.js";
import { findModel, fitSettings, frameSlots, modelsLoaded } from "./models.js";
import { make } from "./jobs.js";
import { get, notify, set } from "./state.js";
import { t } from "./words.js";

const MOST_KEPT = 300;

const whole = (text) => (/^\d+$/.test(text) ? Number(text) : text);
const decimal = (text) => (/^\d*\.?\d+$/.test(text) ? Number(text) : text);

/** Make the call of the settings; null while there is no model. Spends nothing by itself. */
export function buildOrder(settings = get().settings, references = get().references, prompt = settings.prompt) {
  const fit = fitSettings(get().models, settings);
  if (!fit.model) return null;
  const extras = {
    ...(settings.seed ? { seed: whole(settings.seed.trim()) } : {}),
    ...(settings.negative && fit.kind === "image" ? { negative_prompt: settings.negative } : {}),
  };
  const ready = references.filter((each) => each.id);
  const of = (kind) => ready.filter((each) => each.kind === kind && !each.slot).map((each) => each.id);
  const common = { model: fit.model.id, prompt: prompt.trim(), ratio: fit.ratio, resolution: fit.resolution };
  const shape = { ratio: fit.ratio, size: fit.size, resolution: fit.resolution };
  if (fit.kind === "image") {
    const images = of("image");
    const weight = images.length && settings.strength ? { sample_strength: decimal(settings.strength.trim()) } : {};
    const body = { ...common, n: fit.count, ...(images.length ? { images } : {}), ...weight, ...extras };
    return { kind: "image", path: "v1/images/generations", body, shape, references: ready };
  }
  const slots = frameSlots(fit.can);
  const frame = (slot) => (slots.includes(slot) ? ready.find((each) => each.slot === slot)?.id : undefined);
  const fields = {
    first_frame_image: frame("first"),
    end_frame_image: frame("last"),
    images: of("image"),
    videos: of("video"),
    audios: of("audio"),
  };
  const inputs = Object.entries(fields).filter(([, value]) => value?.length);
  // Loose pictures are references; without the word the API would take two of them for frames.
  const mode = ["omni_reference", "subject_reference"].find((each) => fit.can.video.modes.includes(each));
  const said = mode && inputs.length && !fields.first_frame_image && !fields.end_frame_image ? { mode } : {};
  const body = { ...common, duration: fit.seconds, ...Object.fromEntries(inputs), ...said, ...extras };
  return { kind: "video", path: "v1/videos/generations", body, shape, references: ready };
}

/** Make what the composer says. SPENDS CREDIT. */
export async function makeNow() {
  // Whoever is quicker than the list of models is not to press twice.
  if (!get().models.length) await modelsLoaded();
  const order = buildOrder();
  if (!order) {
    set({ fieldError: get().modelsError ?? { param: "model", message: t("noModels"), code: "", remedy: "" } });
    return;
  }
  rememberInputs(order);
  await make(order);
}

function rememberInputs(order) {
  if (!order.references.length) return;
  const kept = read("inputs", []);
  const key = keyOf(order.body.prompt, order.body.model);
  const inputs = order.references.map(({ id, kind, name, slot, address }) => ({ id, kind, name, slot, address }));
  keep("inputs", [{ key, inputs }, ...kept.filter((each) => each.key !== key)].slice(0, MOST_KEPT));
}

const keyOf = (prompt, model) => `${model}|${prompt}`;

/** What an earlier job was made from, as far as this browser remembers. */
export function keptInputs(job) {
  const kept = read("inputs", []).find((each) => each.key === keyOf(job.request?.prompt, job.model));
  return kept?.inputs.length === job.request?.inputs?.length ? kept.inputs : [];
}

/** Find what an earlier job was made from: as remembered here, or by the checksums of what lies on the server. */
export async function findInputs(job) {
  const wanted = job.request?.inputs ?? [];
  if (!wanted.length) return [];
  const kept = keptInputs(job);
  if (kept.length) return kept;
  const assets = (await call("v1/assets?limit=100")).data;
  const artifacts = [...get().jobs.values()].flatMap((each) => each.artifacts);
  const found = wanted.map(({ sha256 }) => [...assets, ...artifacts].find((each) => each.sha256 === sha256));
  return found.filter(Boolean).map((each) => ({ id: each.id, kind: each.kind, name: each.name, slot: null }));
}

/** Say an earlier job in the composer's words. */
export function settingsOf(job) {
  const { request } = job;
  const models = get().models;
  const model = findModel(models, job.model) ?? findModel(models, job.model_used);
  return {
    prompt: request.prompt ?? "",
    model: model?.id ?? get().settings.model,
    ratio: request.ratio ?? "",
    resolution: request.resolution ?? "",
    count: request.n ?? 1,
    seconds: request.seconds ?? 0,
    seed: request.seed === null || request.seed === undefined ? "" : String(request.seed),
    negative: request.negative_prompt ?? "",
    strength: request.strength === null || request.strength === undefined ? "" : String(request.strength),
  };
}

/** Put an earlier job into the composer. */
export async function editJob(job) {
  set({ settings: { ...get().settings, ...settingsOf(job) }, fieldError: null, view: "make", viewing: null });
  const { restoreReferences } = await import("./references.js");
  const inputs = job.asked?.references ?? (await findInputs(job));
  if (inputs.length || !job.request?.inputs?.length) restoreReferences(inputs);
  document.getElementById("prompt")?.focus();
}

/** Make an earlier job once more, with another seed. SPENDS CREDIT. */
export async function again(job) {
  if (job.local) {
    const { sendOrder } = await import("./jobs.js");
    return sendOrder(job);
  }
  const inputs = await findInputs(job);
  if (missing(job, inputs)) return complain(job);
  const order = buildOrder({ ...settingsOf(job), seed: "" }, inputs);
  if (order) return make(order);
}

const missing = (job, inputs) => inputs.length < (job.request?.inputs?.length ?? 0);

/** Say that references are no longer to be found, and leave the rest to the person; nothing is made without them. */
function complain(job) {
  notify(t("inputsGone"));
  return editJob(job);
}

/** Make something like a picture: the same words, and the picture as a reference. SPENDS CREDIT. */
export async function vary(item) {
  const reference = { id: item.artifact.id, kind: "image", slot: null, name: "" };
  const inputs = await findInputs(item.job);
  if (missing(item.job, inputs)) return complain(item.job);
  const order = buildOrder({ ...settingsOf(item.job), seed: "" }, [reference, ...inputs]);
  if (order) return make(order);
}
