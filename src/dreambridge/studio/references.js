// Pictures, videos and sounds that go with a prompt: uploaded once as assets, or results used by their ids.
import { ApiError, BASE, send, upload } from "./api.js";
import { stillOf } from "./items.js";
import { keep, read } from "./kept.js";
import { fitted, frameSlots, referenceLimit } from "./models.js";
import { announce, get, notify, set, subscribe } from "./state.js";
import { t } from "./words.js";

const KINDS = ["image", "video", "audio"];
let counter = 0;

const nextKey = () => `ref_${(counter += 1)}`;

/** Whether a reference is still on its way: all bytes may be sent before the server says that it has them. */
export const arriving = (reference) => !reference.id && !reference.error;

function patch(key, change) {
  set((now) => ({ references: now.references.map((each) => (each.key === key ? { ...each, ...change } : each)) }));
}

/** What may still be added: a slot's name, null for a reference, or undefined where the model takes none. */
function placeFor(kind, wanted) {
  const { can } = fitted();
  const held = get().references;
  const free = (slot) => frameSlots(can).includes(slot) && !held.some((each) => each.slot === slot);
  if (wanted && free(wanted)) return wanted;
  const loose = held.filter((each) => each.kind === kind && !each.slot).length;
  if (kind === "image" && !referenceLimit(can, "image")) return ["first", "last"].find(free);
  return loose < referenceLimit(can, kind) ? null : undefined;
}

function refuse(kind) {
  const { model, can } = fitted();
  const name = can?.title ?? model?.id ?? "";
  const most = referenceLimit(can, kind);
  notify(most ? t("tooManyReferences", { model: name, n: most }) : t("notTaken", { model: name }));
}

/** Take in files that were dropped, pasted or picked. */
export function addFiles(files, slot = null) {
  for (const file of files) {
    const kind = KINDS.find((each) => file.type.startsWith(`${each}/`)) ?? "image";
    const place = placeFor(kind, slot);
    if (place === undefined) {
      refuse(kind);
      continue;
    }
    const url = kind === "audio" ? null : URL.createObjectURL(file);
    const one = { key: nextKey(), id: null, kind, name: file.name, url, progress: 0, error: null, slot: place };
    set((now) => ({ references: [...now.references, one] }));
    bring(one.key, file);
  }
}

async function bring(key, file) {
  try {
    const name = encodeURIComponent(file.name || "picture");
    const asset = await upload(`v1/assets?name=${name}`, file, (progress) => patch(key, { progress }));
    announce(`${t("reference", { n: get().references.findIndex((each) => each.key === key) + 1 })}`);
    patch(key, { id: asset.id, progress: 1 });
    persist();
  } catch (error) {
    const said = error instanceof ApiError ? error : { message: t("lost"), remedy: "", param: null };
    patch(key, { error: said, progress: 1 });
    set({ fieldError: { param: "images", message: said.message, remedy: said.remedy, code: said.code } });
  }
}

/** Use a result as a reference, by its id. */
export function addItem(item, slot = null) {
  const { artifact } = item;
  if (!artifact || get().references.some((each) => each.id === artifact.id)) return;
  const place = placeFor(artifact.kind, slot);
  if (place === undefined) {
    refuse(artifact.kind);
    return;
  }
  const address = stillOf(artifact, "");
  const one = { key: nextKey(), id: artifact.id, kind: artifact.kind, name: "", address, url: address && BASE + address };
  set((now) => ({ references: [...now.references, { ...one, progress: 1, error: null, slot: place }] }));
  persist();
}

export function removeReference(key) {
  set((now) => {
    const gone = now.references.find((each) => each.key === key);
    if (gone?.url?.startsWith("blob:")) URL.revokeObjectURL(gone.url);
    const about = now.fieldError?.param?.startsWith("image");
    return { references: now.references.filter((each) => each.key !== key), fieldError: about ? null : now.fieldError };
  });
  persist();
}

/** Move a reference to another place; places are what the prompt's numbers mean. */
export function moveReference(key, before) {
  set((now) => {
    const moved = now.references.find((each) => each.key === key);
    const rest = now.references.filter((each) => each.key !== key);
    const place = rest.findIndex((each) => each.key === before);
    rest.splice(place < 0 ? rest.length : place, 0, moved);
    return { references: rest };
  });
  persist();
}

function persist() {
  const plain = get().references.filter((each) => each.id);
  keep("references", plain.map(({ id, kind, name, slot, address }) => ({ id, kind, name, slot, address })));
}

/** Put these references into the composer instead of those that are there. */
export function restoreReferences(list) {
  for (const each of get().references) if (each.url?.startsWith("blob:")) URL.revokeObjectURL(each.url);
  const references = list.map((each) => ({
    ...each,
    key: nextKey(),
    url: each.address ? BASE + each.address : null,
    progress: 1,
    error: null,
  }));
  set({ references });
  persist();
  for (const each of references) if (!each.url && each.kind !== "audio") showAsset(each);
}

export const loadReferences = () => restoreReferences(read("references", []));

/** An asset's bytes want a credential, which an image element cannot send. */
async function showAsset(reference) {
  if (!reference.id.startsWith("asset_")) return;
  try {
    const bytes = await (await send(`v1/assets/${reference.id}/content`)).blob();
    patch(reference.key, { url: URL.createObjectURL(bytes) });
  } catch (error) {
    if (error.status === 404) removeReference(reference.key);
  }
}

/** Let go of frames and references that another model has no place for. */
function fitReferences() {
  const { can } = fitted();
  if (!can) return;
  const slots = frameSlots(can);
  const counts = { image: 0, video: 0, audio: 0 };
  const taken = new Set();
  const kept = [];
  for (const each of get().references) {
    let slot = slots.includes(each.slot) && !taken.has(each.slot) ? each.slot : null;
    if (!slot && counts[each.kind] >= referenceLimit(can, each.kind)) {
      slot = each.kind === "image" ? slots.find((name) => !taken.has(name)) : undefined;
      if (!slot) continue;
    }
    if (slot) taken.add(slot);
    else counts[each.kind] += 1;
    kept.push(each.slot === slot ? each : { ...each, slot });
  }
  if (kept.length !== get().references.length) refuse("image");
  set({ references: kept });
  persist();
}

/** Fit the references whenever another model is chosen, by menu, link or an earlier job. */
export function fitAlways() {
  let before = null;
  subscribe(() => {
    const id = fitted().model?.id ?? null;
    if (id === before) return;
    before = id;
    if (id && get().references.length) fitReferences();
  });
}
