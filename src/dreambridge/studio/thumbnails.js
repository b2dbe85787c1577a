// References in the composer: numbered thumbnails, slots for frames, and their completion after @.
import { html, useEffect, useRef, useState } from "./preact.js";
import { Icon } from "./icons.js";
import { change } from "./kept.js";
import { frameSlots, referenceLimit } from "./models.js";
import { addFiles, arriving, moveReference, removeReference } from "./references.js";
import { t } from "./words.js";

const KINDS = ["image", "video", "audio"];

function Thumbnail({ reference, label, n }) {
  const { key, kind, url, progress, error, name } = reference;
  const picture = kind === "video" ? html`<video src=${url} muted playsinline preload="metadata" />` : html`<img src=${url} alt="" />`;
  return html`
    <div class="thumbnail ${error ? "wrong" : ""}" title=${error?.message ?? name} draggable="true"
      onDragStart=${(event) => event.dataTransfer.setData("text/x-reference", key)}
      onDragOver=${(event) => event.dataTransfer.types.includes("text/x-reference") && event.preventDefault()}
      onDrop=${(event) => {
        const moved = event.dataTransfer.getData("text/x-reference");
        if (moved && moved !== key) (event.preventDefault(), event.stopPropagation(), moveReference(moved, key));
      }}>
      ${url ? picture : html`<${Icon} name=${kind === "audio" ? "sound" : "reference"} />`}
      <span class="number">${n}</span>
      ${label && html`<span class="slot-name">${label}</span>`}
      ${arriving(reference) && html`<progress value=${progress} max="1" aria-label=${t("uploading")} />`}
      <button type="button" class="remove" aria-label=${t("removeReference", { n })} onClick=${() => removeReference(key)}>
        <${Icon} name="close" />
      </button>
    </div>
  `;
}

/** A button that asks for files; the real field is hidden from view and not from those who listen. */
function Pick({ label, slot, accept, title, children, className }) {
  const field = useRef();
  return html`
    <button type="button" class=${className} aria-label=${label} title=${title ?? label} onClick=${() => field.current.click()}>${children}</button>
    <input ref=${field} type="file" hidden accept=${accept} multiple=${!slot} aria-label=${label} data-slot=${slot ?? "any"}
      onChange=${(event) => (addFiles([...event.target.files], slot), (event.target.value = ""))} />
  `;
}

export function References({ references, fit, invalid }) {
  const { can } = fit;
  const slots = frameSlots(can);
  const names = { first: t("firstFrame"), last: t("lastFrame") };
  const taken = KINDS.filter((kind) => referenceLimit(can, kind) > 0);
  const accept = taken.map((kind) => `${kind}/*`).join(",");
  const order = new Map(references.map((each, index) => [each.key, index + 1]));
  const loose = references.filter((each) => !each.slot);
  if (!taken.length && !slots.length && !references.length) return null;
  return html`
    <div class="references ${invalid ? "wrong" : ""}" role="group" aria-label=${t("references")}>
      ${slots.map((slot) => {
        const held = references.find((each) => each.slot === slot);
        if (held) return html`<${Thumbnail} key=${held.key} reference=${held} label=${names[slot]} n=${order.get(held.key)} />`;
        return html`<${Pick} key=${slot} className="slot" slot=${slot} accept="image/*" label=${names[slot]}><span>${names[slot]}</span><//>`;
      })}
      ${loose.map((each) => html`<${Thumbnail} key=${each.key} reference=${each} n=${order.get(each.key)} />`)}
      ${taken.length > 0 &&
      html`<${Pick} className="add" accept=${accept} label=${t("addReference")} title=${t("addReferenceHint")}><${Icon} name="plus" /><//>`}
    </div>
  `;
}

/** A list of the references while an @ is being written; `keys.current` gets first look at keys of the field. */
export function Completion({ field, caret, text, references, keys }) {
  const [place, setPlace] = useState(0);
  const [closed, setClosed] = useState(null);
  const written = caret === null ? null : /(?:^|[^\w@])@(\d{0,2})$/.exec(text.slice(0, caret));
  const shown = written && closed !== caret ? references.map((each, index) => ({ ...each, n: String(index + 1) })) : [];
  const offered = shown.filter((each) => each.n.startsWith(written?.[1] ?? "") && each.n !== written?.[1]);
  useEffect(() => setPlace(0), [written?.[1], references.length]);
  const take = (n) => {
    const start = caret - written[1].length;
    const prompt = `${text.slice(0, start)}${n} ${text.slice(caret)}`;
    change({ prompt });
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(start + n.length + 1, start + n.length + 1);
    });
  };
  keys.current = (event) => {
    if (!offered.length) return false;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) setPlace((place + step + offered.length) % offered.length);
    else if (event.key === "Enter" || event.key === "Tab") take(offered[place % offered.length].n);
    else if (event.key === "Escape") setClosed(caret);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  if (!offered.length) return null;
  return html`
    <div class="completion" role="listbox" aria-label=${t("references")}>
      ${offered.map(
        (each, index) => html`
          <div key=${each.key} role="option" aria-selected=${index === place} class="completing"
            onPointerDown=${(event) => (event.preventDefault(), take(each.n))}>
            ${each.url && each.kind === "image" ? html`<img src=${each.url} alt="" />` : html`<${Icon} name="reference" />`} @${each.n}
          </div>
        `,
      )}
    </div>
  `;
}
