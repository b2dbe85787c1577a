// The bar for several items at once: a zip with a manifest, references, favourites, delete.
import { html, useState } from "./preact.js";
import { chosenItems, remove } from "./acts.js";
import { BASE } from "./api.js";
import { Icon } from "./icons.js";
import { addressOf, fileName, idOf } from "./items.js";
import { addItem } from "./references.js";
import { notify, set, useStore } from "./state.js";
import { t, useWords } from "./words.js";

/** What each file of the archive is, so that it can be made again. */
function describe(item, name) {
  const { job, artifact } = item;
  const { prompt, ratio, resolution, seed, negative_prompt: negative } = job.request ?? {};
  return { file: name, id: artifact.id, job: job.id, created_at: job.created_at, model: job.model, size: artifact.size, prompt, ratio, resolution, seed, negative_prompt: negative };
}

async function pack(items, told) {
  const { Zip } = await import("./zip.js");
  const zip = new Zip();
  const manifest = [];
  for (const [index, item] of items.entries()) {
    told(index + 1);
    const response = await fetch(addressOf(item.artifact, BASE));
    if (!response.ok) continue;
    const name = fileName(item);
    zip.add({ name, bytes: new Uint8Array(await response.arrayBuffer()), date: new Date(item.job.created_at * 1000) });
    manifest.push(describe(item, name));
  }
  zip.add({ name: "manifest.json", bytes: new TextEncoder().encode(JSON.stringify(manifest, null, 2)), date: new Date() });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(zip.blob());
  link.download = `dreambridge-${new Date().toISOString().slice(0, 10)}.zip`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function Bulk() {
  useWords();
  const [packing, setPacking] = useState(0);
  const { selected } = useStore((now) => ({ selected: now.selected }));
  if (!selected.size) return null;
  const items = chosenItems();
  const zip = async () => {
    try {
      await pack(items, setPacking);
    } catch (error) {
      notify(error.message || t("lost"));
    }
    setPacking(0);
  };
  const star = () => set((now) => ({ favourites: new Set([...now.favourites, ...items.map(idOf)]) }));
  return html`
    <div class="bulk" role="toolbar" aria-label=${t("selectedCount", { n: items.length })}>
      <span>${t("selectedCount", { n: items.length })}</span>
      <button type="button" disabled=${packing > 0} onClick=${zip}>
        <${Icon} name="zip" /><span>${packing ? t("zipping", { i: packing, n: items.length }) : t("zip")}</span>
      </button>
      <button type="button" onClick=${() => items.forEach((each) => addItem(each))}><${Icon} name="reference" /><span>${t("useAsReferences")}</span></button>
      <button type="button" onClick=${star}><${Icon} name="heart" /><span>${t("favourite")}</span></button>
      <button type="button" onClick=${() => remove(items)}><${Icon} name="trash" /><span>${t("remove")}</span></button>
      <button type="button" class="quiet" onClick=${() => set({ selected: new Set() })}>${t("clearSelection")}</button>
    </div>
  `;
}
