// One item: a placeholder with its progress, then the picture or video, or the failure that keeps its place.
import { html, useRef, useState } from "./preact.js";
import { BASE } from "./api.js";
import { explain } from "./failures.js";
import { Icon } from "./icons.js";
import { addressOf, idOf, stillOf } from "./items.js";
import { toggle } from "./kept.js";
import { editJob, again } from "./orders.js";
import { cancel } from "./jobs.js";
import { set, useStore } from "./state.js";
import { progressLine, t } from "./words.js";

const SIDES = [256, 512, 1024];

/** Small versions by their real widths; `w` bounds the longer side. */
export function sourcesOf(artifact) {
  const address = addressOf(artifact, BASE);
  const ratio = (artifact.width ?? 1) / (artifact.height ?? 1);
  const width = (side) => Math.max(1, Math.round(ratio >= 1 ? side : side * ratio));
  return {
    src: `${address}?w=512`,
    srcset: SIDES.map((side) => `${address}?w=${side} ${width(side)}w`).join(", "),
  };
}

const shown = (event) => event.currentTarget.classList.add("there");

function Picture({ artifact, width, height, alt, fresh }) {
  const [lost, setLost] = useState(false);
  if (lost) return html`<span class="lost">${t("lostFile")}</span>`;
  const { src, srcset } = sourcesOf(artifact);
  return html`
    <img class=${fresh ? "fading" : ""} alt=${alt} decoding="async" draggable=${false} sizes="${Math.round(width)}px" srcset=${srcset} src=${src}
      style=${{ width: `${width}px`, height: `${height}px` }} onLoad=${shown} onError=${() => setLost(true)} />
  `;
}

/** A video shows its still, and plays muted while it is pointed at or has been tapped. */
function Clip({ artifact, alt, width, fresh }) {
  const [playing, setPlaying] = useState(false);
  const still = stillOf(artifact, BASE);
  return html`
    <span class="clip" onPointerEnter=${(event) => event.pointerType === "mouse" && setPlaying(true)}
      onPointerLeave=${() => setPlaying(false)} onPointerUp=${(event) => event.pointerType !== "mouse" && setPlaying(!playing)}>
      ${still
        ? html`<img class=${fresh ? "fading" : ""} alt=${alt} decoding="async" src=${still} width=${width} onLoad=${shown} />`
        : html`<video class="fading there" muted playsinline preload="metadata" src=${addressOf(artifact, BASE)} aria-label=${alt} />`}
      ${playing && html`<video class="playing" muted loop autoplay playsinline src=${addressOf(artifact, BASE)} aria-hidden="true" />`}
      ${!playing && html`<span class="badge"><${Icon} name="play" filled />${artifact.seconds ? t("secondsLong", { s: Math.round(artifact.seconds) }) : ""}</span>`}
    </span>
  `;
}

function Waiting({ item }) {
  const progress = useStore((now) => now.progress.get(item.job.id));
  const percent = progress?.percent ?? 0;
  return html`
    <span class="waiting">
      <span class="sr">${item.job.request?.prompt}</span>
      <span class="edge"><span style=${{ transform: `scaleX(${percent / 100})` }}></span></span>
      <span class="line">${item.job.cancel_requested ? t("cancelling") : progressLine(progress)}</span>
    </span>
  `;
}

/** What a failure's button does. */
export function next(job, action) {
  if (action === "edit") editJob(job);
  else if (action === "again") again(job);
  else set({ view: "accounts" });
}

function Failure({ item, large }) {
  const { job } = item;
  const { said, detail, remedy, who, cost, next: action, button } = explain(job.error ?? { code: "cancelled", charged: "no" });
  return html`
    <div class="failure">
      <p class="said">${said}</p>
      ${large && detail && html`<p class="fine">${detail}</p>`}
      ${large && remedy && html`<p>${remedy}</p>`}
      <p class="fine">${large ? `${who} ` : ""}${cost}</p>
      <button type="button" onClick=${() => next(job, action)}>${button}</button>
    </div>
  `;
}

function nameOf(item) {
  if (item.state === "waiting") return undefined; // its line says more, and goes on
  const { kind, seconds } = item.artifact;
  const length = kind === "video" && seconds ? ` ${t("secondsLong", { s: Math.round(seconds) })}` : "";
  const prompt = (item.job.request?.prompt ?? "").slice(0, 120);
  return t("tileLabel", { what: t(kind === "video" ? "video" : "picture") + length, prompt });
}

/** Marks on a picture, there only where they are wanted: a gallery has thousands. */
function Corners({ item, act, selected, favourite, near }) {
  return html`
    ${(near || selected) &&
    html`<button type="button" class="corner pick ${selected ? "on" : ""}" aria-label=${t("select")} aria-pressed=${selected} tabindex="-1"
      onClick=${(event) => act.pick(event, item)}><${Icon} name="check" /></button>`}
    ${(near || favourite) &&
    html`<button type="button" class="corner heart ${favourite ? "on" : ""}" aria-label=${t(favourite ? "unfavourite" : "favourite")} aria-pressed=${favourite}
      tabindex="-1" onClick=${() => toggle("favourites", idOf(item))}><${Icon} name="heart" filled=${favourite} /></button>`}
  `;
}

/** `act` has what pointing does: choose(event, item), open(item). A `bare` tile keeps the place of its picture. */
export function Tile({ place, act, large, entry, bare }) {
  const { item, x, y, width, height } = place;
  const id = idOf(item);
  const [near, setNear] = useState(false);
  const fresh = useRef(item.state === "waiting");
  const { selected, focused, reachable, favourite, choosing } = useStore((now) => ({
    selected: now.selected.has(item.key),
    focused: now.focus === item.key,
    reachable: now.focus === item.key || (now.focus === null && entry === item.key),
    favourite: now.favourites.has(id),
    choosing: now.selected.size > 0,
  }));
  const box = { transform: `translate(${x}px, ${y}px)`, width: `${width}px`, height: `${height}px` };
  const state = `${item.state} ${selected ? "selected" : ""} ${focused ? "focused" : ""} ${choosing ? "choosing" : ""}`;
  if (item.state === "failed") {
    return html`<div class="tile ${state}" role="listitem" style=${box} data-key=${item.key}><${Failure} item=${item} large=${large} /></div>`;
  }
  const picture = item.artifact && !bare && html`<${item.artifact.kind === "video" ? Clip : Picture} artifact=${item.artifact} width=${width} height=${height} fresh=${fresh.current} alt="" />`;
  return html`
    <div class="tile ${state}" role="listitem" style=${box} data-key=${item.key}
      onPointerMove=${(event) => event.pointerType === "mouse" && (event.movementX || event.movementY) && setNear(true)} onPointerLeave=${() => setNear(false)}>
      <button type="button" class="face" aria-label=${nameOf(item)} aria-pressed=${selected}
        tabindex=${reachable ? 0 : -1} onClick=${(event) => act.choose(event, item)} onDblClick=${() => act.open(item)}
        onFocus=${() => act.focus(item)} draggable=${Boolean(item.artifact)}
        onDragStart=${(event) => event.dataTransfer.setData("text/x-item", item.key)}>
        ${picture} ${!item.artifact && html`<${Waiting} item=${item} />`}
      </button>
      ${item.artifact && (near || focused || selected || favourite || choosing) &&
      html`<${Corners} item=${item} act=${act} selected=${selected} favourite=${favourite} near=${near || focused || choosing} />`}
      ${!item.artifact && item.index === 0 && !item.job.local && !large &&
      html`<button type="button" class="corner stop" aria-label=${t("cancel")} title=${t("cancel")} onClick=${() => cancel(item.job)}><${Icon} name="close" /></button>`}
    </div>
  `;
}
