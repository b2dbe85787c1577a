// The canvas: the newest job large, the gallery flowing under it. Only what is near the view is in the page.
import { html, useLayoutEffect, useMemo, useRef, useState } from "./preact.js";
import { acting } from "./acts.js";
import { explain } from "./failures.js";
import { Grid } from "./grid.js";
import { ended, searching, shownItems } from "./items.js";
import { cancel } from "./jobs.js";
import { layoutGallery, layoutStage, neighbour } from "./layout.js";
import { get, set, useStore } from "./state.js";
import { Tile } from "./tile.js";
import { ago, exactTime, progressLine, t, useWords } from "./words.js";

const HEAD = 76;

/** The size of the scroller, measured as it changes. */
function useSize(ref) {
  const [size, setSize] = useState({ width: 0, window: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const style = getComputedStyle(ref.current);
      const width = ref.current.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      setSize((old) => (old.width === width && old.window === innerHeight ? old : { width, window: innerHeight }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return size;
}

function StageHead({ job }) {
  const progress = useStore((now) => now.progress.get(job.id));
  const running = !ended(job);
  // Of those that were made, some may have been deleted.
  const missing = (job.request?.n ?? 1) - Math.max(job.artifacts.length, job.progress?.items ?? 0);
  return html`
    <header class="stage-head">
      <p class="stage-prompt" title=${job.request?.prompt}>${job.request?.prompt}</p>
      <p class="fine">
        ${running ? progressLine(progress) : html`<time title=${exactTime(job.created_at)}>${ago(job.created_at)}</time>`}
        ${!running && job.partial && missing > 0 && html` · ${t("partialNote", { n: missing })}`}
        ${running && !job.local && html`<button type="button" class="quiet" disabled=${job.cancel_requested} onClick=${() => cancel(job)}>
          ${t(job.cancel_requested ? "cancelling" : "cancel")}</button>`}
      </p>
    </header>
  `;
}

function Stage({ items, width, height, act, entry }) {
  const failed = items[0].state === "failed";
  const count = failed ? (items[0].job.request?.n ?? 1) : items.length;
  const stand = failed ? Array.from({ length: count }, () => items[0]) : items;
  const { places, ...size } = layoutStage(stand, width, Math.max(220, height));
  const whole = [{ item: items[0], x: 0, y: 0, width: Math.max(Math.min(width, 320), size.width), height: Math.max(size.height, 190) }];
  return html`
    <section class="stage">
      <${StageHead} job=${items[0].job} />
      <div class="tiles" role="list" style=${{ height: `${failed ? whole[0].height : size.height}px` }}>
        ${(failed ? whole : places).map((place) => html`<${Tile} key=${place.item.key} place=${place} act=${act} entry=${entry} large />`)}
      </div>
    </section>
  `;
}

function Empty({ now }) {
  if (now.error) {
    const { said, detail, remedy } = explain(now.error);
    return html`
      <div class="empty" role="alert">
        <p>${said}</p>
        <p class="fine">${detail} ${remedy}</p>
        <button type="button" onClick=${() => set({ view: "accounts" })}>${t("next_sessions")}</button>
      </div>
    `;
  }
  if (!now.loaded) return html`<p class="empty" aria-busy="true">${t("loadingJobs")}</p>`;
  if (!searching(now.search)) return html`<p class="empty">${t("emptyGallery")}</p>`;
  return html`
    <div class="empty">
      <p>${t("nothingFound")}</p>
      <button type="button" onClick=${() => set({ search: { text: "", favourites: false, kind: "" } })}>${t("clearSearch")}</button>
    </div>
  `;
}

export function Canvas() {
  useWords();
  const scroller = useRef();
  const size = useSize(scroller);
  const now = useStore((state) => ({
    jobs: state.jobs, search: state.search, favourites: state.search.favourites && state.favourites, removed: state.removed, loaded: state.loaded, error: state.modelsError,
  }));
  const focus = useStore((state) => state.focus);
  const items = shownItems(get());
  const staged = searching(now.search) ? [] : items.filter((each) => each.job === items[0].job);
  const newest = staged[0]?.job.key;
  const rest = useMemo(() => items.slice(staged.length), [items, staged.length]);
  const grid = useMemo(() => layoutGallery(rest, size.width), [rest, size.width]);
  const stage = useMemo(
    () => (staged.length && size.width ? layoutStage(staged, size.width, stageHeight(size)) : { places: [], height: 0 }),
    [items, size],
  );
  const act = useMemo(() => acting(scroller), []);
  act.places = [...stage.places, ...grid.places.map((each) => ({ ...each, y: each.y + stage.height + HEAD }))];
  act.neighbour = (key, direction) => neighbour(act.places, key, direction);
  useLayoutEffect(() => {
    if (newest?.startsWith("local_")) scroller.current.scrollTop = 0;
  }, [newest]);
  return html`
    <main class="canvas" ref=${scroller} id="canvas" onKeyDown=${act.key}>
      <h1 class="sr">${t("gallery")}</h1>
      ${staged.length > 0 && size.width > 0 &&
      html`<${Stage} key=${newest} items=${staged} width=${size.width} height=${stageHeight(size)} act=${act} entry=${items[0]?.key} />`}
      ${size.width > 0 && html`<${Grid} scroller=${scroller} places=${grid.places} height=${grid.height} act=${act} focus=${focus} entry=${items[0]?.key} />`}
      ${items.length === 0 && html`<${Empty} now=${{ ...now }} />`}
    </main>
  `;
}

/** By the window and not by the scroller, which the composer makes smaller as it grows: nothing is to jump then. */
const stageHeight = (size) => Math.round(size.window * (size.width < 600 ? 0.5 : 0.53));

