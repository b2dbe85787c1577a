// One picture or video as large as the window: arrows move, Esc and Space leave.
import { html, useEffect, useRef } from "./preact.js";
import { actByKey, download } from "./acts.js";
import { BASE } from "./api.js";
import { Icon } from "./icons.js";
import { step } from "./inspector.js";
import { addressOf, findItem, idOf } from "./items.js";
import { toggle } from "./kept.js";
import { get, set, useStore } from "./state.js";
import { sourcesOf } from "./tile.js";
import { t, useWords } from "./words.js";

const SWIPE = 50;

function leave() {
  const key = get().viewing;
  set({ viewing: null });
  requestAnimationFrame(() => document.querySelector(`[data-key="${CSS.escape(key ?? "")}"] .face`)?.focus());
}

function go(by) {
  const next = step(get().viewing, by);
  if (next) set({ viewing: next.key, focus: next.key });
}

function onKeyDown(event) {
  const item = findItem(get(), get().viewing);
  if (event.ctrlKey || event.metaKey || event.altKey || !item) return;
  if (event.key === "ArrowRight" || event.key === "ArrowDown") go(1);
  else if (event.key === "ArrowLeft" || event.key === "ArrowUp") go(-1);
  else if (event.key === " " || event.key === "Escape") leave();
  else if (event.target.closest("video")) return;
  else if (!actByKey(event.key, item)) return;
  event.preventDefault();
  event.stopPropagation();
}

function Shown({ item }) {
  const { artifact, job } = item;
  const address = addressOf(artifact, BASE);
  const alt = job.request?.prompt ?? "";
  if (artifact.kind === "video") {
    return html`<video key=${artifact.id} src=${address} controls autoplay loop playsinline aria-label=${alt} width=${artifact.width} height=${artifact.height} />`;
  }
  // The small version is there at once and keeps the place; the whole picture comes over it.
  return html`
    <div class="whole" key=${artifact.id} style=${{ aspectRatio: `${artifact.width ?? 1} / ${artifact.height ?? 1}` }}>
      <img src=${sourcesOf(artifact).src} alt="" aria-hidden="true" />
      <img class="fading" src=${address} alt=${alt} onLoad=${(event) => event.currentTarget.classList.add("there")} />
    </div>
  `;
}

export function Viewer() {
  useWords();
  const dialog = useRef();
  const start = useRef(0);
  const { viewing, favourites } = useStore((now) => ({ viewing: now.viewing, favourites: now.favourites, jobs: now.jobs }));
  const item = viewing ? findItem(get(), viewing) : null;
  const open = Boolean(item?.artifact);
  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
  }, [open]);
  useEffect(() => {
    // The next one is asked for before it is wanted.
    const next = viewing && step(viewing, 1);
    if (next?.artifact.kind === "image") new Image().src = addressOf(next.artifact, BASE);
  }, [viewing]);
  if (!open) return null;
  const favourite = favourites.has(idOf(item));
  const swipe = (event) => {
    const moved = event.changedTouches[0].clientX - start.current;
    if (Math.abs(moved) > SWIPE) go(moved < 0 ? 1 : -1);
  };
  const button = (icon, label, run, more) => html`
    <button type="button" class="quiet icon-only" aria-label=${label} title=${label} onClick=${run} ...${more}><${Icon} name=${icon} filled=${more?.filled} /></button>
  `;
  return html`
    <dialog class="viewer" ref=${dialog} aria-label=${t("viewer")} onKeyDown=${onKeyDown} onCancel=${(event) => (event.preventDefault(), leave())}
      onTouchStart=${(event) => (start.current = event.changedTouches[0].clientX)} onTouchEnd=${swipe}>
      <div class="viewer-bar">
        <p>${item.job.request?.prompt}</p>
        ${button("heart", t("favourite"), () => toggle("favourites", idOf(item)), { "aria-pressed": favourite, filled: favourite })}
        ${button("download", t("download"), () => download(item))}
        ${button("close", t("close"), leave, { autofocus: true })}
      </div>
      <div class="viewer-place" onClick=${(event) => event.target === event.currentTarget && leave()}>
        ${step(viewing, -1) && html`<span class="go before">${button("left", t("previous"), () => go(-1))}</span>`}
        <${Shown} item=${item} />
        ${step(viewing, 1) && html`<span class="go after">${button("right", t("next"), () => go(1))}</span>`}
      </div>
    </dialog>
  `;
}
