// What the chosen model can do, read from GET /v1/models; nothing about any model is known here.
import { ApiError, call } from "./api.js";
import { get, set } from "./state.js";

let loading = Promise.resolve();

/** Wait for the models that are being loaded, if any are. */
export const modelsLoaded = () => loading;

/** Load the models of the active credential: the names of ours, and where the site tells, only those it has now. */
export function loadModels() {
  loading = readModels();
  return loading;
}

async function readModels() {
  try {
    const all = (await call("v1/models")).data.filter((each) => each.dreambridge?.alias_of === null);
    const made = all.filter((each) => ["image", "video"].includes(each.dreambridge.kind));
    const told = new Set(made.filter((each) => each.dreambridge.live).map((each) => each.dreambridge.kind));
    const models = made.filter(({ dreambridge: can }) => can.live || !told.has(can.kind));
    set({ models, modelsError: null });
  } catch (error) {
    // A lost server says so itself, and the models come when it is back.
    if (error instanceof ApiError) set({ models: [], modelsError: error });
  }
}

export const findModel = (models, id) => models.find((each) => each.id === id) ?? null;

/** The settings as the model can carry them out: each kept where it is offered, else the model's own default. */
export function fitSettings(models, settings) {
  const model = findModel(models, settings.model) ?? models.find((each) => each.id === "jimeng-4.5") ?? models[0];
  if (!model) return { model: null };
  const can = model.dreambridge;
  const resolution = pickFrom(Object.keys(can.sizes), settings.resolution, can.default_resolution);
  const shapes = can.sizes[resolution] ?? {};
  const ratio = pickFrom(Object.keys(shapes), settings.ratio, "1:1");
  const seconds = pickFrom(can.durations, settings.seconds, can.video?.default_seconds);
  const most = can.kind === "video" ? 1 : can.limits.count;
  const count = Math.max(1, Math.min(most, settings.count || 1));
  return { model, can, kind: can.kind, resolution, ratio, size: shapes[ratio], shapes, seconds, count, most };
}

function pickFrom(offered, wanted, fallback) {
  if (offered.includes(wanted)) return wanted;
  return offered.includes(fallback) ? fallback : offered[0];
}

export const fitted = (now = get()) => fitSettings(now.models, now.settings);

export function parseRatio(text) {
  const [width, height] = (text ?? "1:1").split(/[:x×]/).map(Number);
  return width > 0 && height > 0 ? width / height : 1;
}

/** What the model's known prices come to, in credits; null where none is known. */
export function estimate(can, { resolution, count, seconds }) {
  const price = can?.cost?.credits?.[resolution];
  if (price === undefined || price === null) return null;
  const times = { picture: count, second: seconds, video: 1, call: 1 }[can.cost.per];
  return times === undefined ? null : Math.round(price * times * 100) / 100;
}

/** Which slots a model has for pictures that are frames of the video. */
export function frameSlots(can) {
  const modes = can?.video?.modes ?? [];
  if (modes.includes("first_last_frames")) return ["first", "last"];
  return modes.includes("first_frame") ? ["first"] : [];
}

/** How many references of a kind the model takes beside frames. */
export function referenceLimit(can, kind) {
  if (!can) return 0;
  if (can.kind === "video") {
    const modes = can.video.modes;
    return modes.includes("omni_reference") || modes.includes("subject_reference") || kind !== "image"
      ? (can.video.references?.[`${kind}s`] ?? 0)
      : 0;
  }
  return can.inputs?.[`${kind}s`] ?? 0;
}
