// What is known of one item: what was asked for and what came, what it cost, and what can be done with it.
import { html, useEffect, useRef } from "./preact.js";
import { download, remove } from "./acts.js";
import { Code, copy } from "./code.js";
import { explain } from "./failures.js";
import { Icon } from "./icons.js";
import { ended, findItem, idOf, shownItems } from "./items.js";
import { toggle } from "./kept.js";
import { estimate, findModel, frameSlots } from "./models.js";
import { again, buildOrder, editJob, keptInputs, settingsOf, vary } from "./orders.js";
import { addItem } from "./references.js";
import { get, set, useStore } from "./state.js";
import { next } from "./tile.js";
import { exactTime, number, span, t, useWords } from "./words.js";

const times = (size) => (size ? size.replace("x", " × ") : "");

const Act = ({ icon, label, keys, onClick, filled, pressed }) => html`
  <button type="button" class="act" onClick=${onClick} title=${keys ? `${label} (${keys})` : label} aria-pressed=${pressed}>
    <${Icon} name=${icon} filled=${filled} /><span>${label}</span>
  </button>
`;

function Actions({ item, favourite, slots }) {
  const { job, artifact } = item;
  const rerun = ended(job) && !job.local;
  return html`
    <div class="acts">
      ${artifact && html`<${Act} icon="reference" label=${t("useAsReference")} keys="R" onClick=${() => addItem(item)} />`}
      ${artifact?.kind === "image" && slots.length > 0 && html`<${Act} icon="left" label=${t("asFirstFrame")} onClick=${() => addItem(item, "first")} />`}
      <${Act} icon="edit" label=${t("editPrompt")} keys="E" onClick=${() => editJob(job)} />
      ${rerun && html`<${Act} icon="again" label=${t("again")} onClick=${() => again(job)} />`}
      ${artifact?.kind === "image" && job.kind === "image" && html`<${Act} icon="vary" label=${t("vary")} onClick=${() => vary(item)} />`}
      ${artifact && html`<${Act} icon="download" label=${t("download")} keys="D" onClick=${() => download(item)} />`}
      ${artifact &&
      html`<${Act} icon="heart" label=${t("favourite")} keys="F" filled=${favourite} pressed=${favourite} onClick=${() => toggle("favourites", idOf(item))} />`}
      ${artifact && html`<${Act} icon="large" label=${t("openLarge")} keys="Space" onClick=${() => set({ viewing: item.key })} />`}
      ${ended(job) && html`<${Act} icon="trash" label=${t("remove")} keys="Del" onClick=${() => remove([item])} />`}
    </div>
  `;
}

function costOf(job, can) {
  if (job.cost !== null && job.cost !== undefined) return t("credits", { c: number(job.cost), n: job.cost });
  const { n, resolution, seconds } = job.request ?? {};
  const about = estimate(can, { count: n ?? 1, resolution, seconds });
  if (job.state !== "completed") return job.error ? t(`charged_${job.error.charged}`) : "";
  return about === null ? t("costUnknown") : t("costEstimate", { c: t("credits", { c: number(about), n: about }) });
}

/** Requested beside actual: a row for each thing that can differ, and one value where it cannot. */
function Facts({ item, can }) {
  const { job, artifact } = item;
  const request = job.request ?? {};
  const rows = [
    [t("model"), can?.title ?? job.model, job.model_used && job.model_used !== job.model ? job.model_used : null],
    [t("size"), times(request.size), artifact?.size ? times(artifact.size) : null],
    [t("ratio"), request.ratio, null],
    [t("resolution"), request.resolution, null],
    [t("count"), request.n, job.artifacts.length || null],
    [t("seconds"), request.seconds ? t("secondsLong", { s: request.seconds }) : null, artifact?.seconds ? t("secondsLong", { s: number(artifact.seconds) }) : null],
    [t("seed"), request.seed ?? t("random"), null],
    [t("negative"), request.negative_prompt || null, null],
    [t("inputs"), request.inputs?.length || null, null],
    [t("format"), request.output_format, artifact?.media_type ?? null],
  ].filter(([, asked, got]) => asked || got);
  return html`
    <table class="facts">
      <thead><tr><td></td><th scope="col">${t("asked")}</th><th scope="col">${t("got")}</th></tr></thead>
      <tbody>
        ${rows.map(
          ([name, asked, got]) => html`
            <tr key=${name}><th scope="row">${name}</th><td>${asked}</td><td class=${asked && got && String(got) !== String(asked) ? "other" : ""}>${got ?? ""}</td></tr>
          `,
        )}
      </tbody>
    </table>
    <dl class="facts-more">
      <dt>${t("cost")}</dt><dd>${costOf(job, can)}</dd>
      <dt>${t("created")}</dt><dd>${exactTime(job.created_at)}</dd>
      ${job.ended_at && html`<dt>${t("took")}</dt><dd>${span(Math.max(1, job.ended_at - job.created_at))}</dd>`}
      ${job.site && html`<dt>${t("site")}</dt><dd>${job.site}</dd>`}
      ${!job.local && html`<dt>${t("jobId")}</dt><dd><button type="button" class="quiet mono" title=${t("copy")} onClick=${() => copy(job.id)}>${job.id}</button></dd>`}
    </dl>
  `;
}

function Trouble({ job }) {
  const { said, detail, remedy, who, cost, next: action, button } = explain(job.error);
  return html`
    <div class="trouble">
      <p>${said}</p>
      ${detail && html`<p class="fine">${detail}</p>`}
      ${remedy && html`<p>${remedy}</p>`}
      <p class="fine">${who} ${cost}</p>
      <button type="button" onClick=${() => next(job, action)}>${button}</button>
    </div>
  `;
}

export function Inspector() {
  useWords();
  const root = useRef();
  const { focus, inspecting, jobs, favourites, models } = useStore((now) => ({
    focus: now.focus, inspecting: now.inspecting, jobs: now.jobs, favourites: now.favourites, models: now.models,
  }));
  const item = inspecting && jobs ? findItem(get(), focus) : null;
  useEffect(() => {
    if (item) root.current.scrollTop = 0;
  }, [item?.key]);
  if (!item) return null;
  const { job } = item;
  const model = findModel(models, job.model_used) ?? findModel(models, job.model);
  const chosen = findModel(models, get().settings.model) ?? models[0];
  const order = job.local ? job.asked : buildOrder(settingsOf(job), keptInputs(job));
  const close = () => {
    set({ inspecting: false });
    document.querySelector(`[data-key="${CSS.escape(item.key)}"] .face`)?.focus({ preventScroll: true });
  };
  return html`
    <aside class="inspector" ref=${root} aria-label=${t("inspector")} onKeyDown=${(event) => event.key === "Escape" && close()}>
      <header>
        <h2>${t("inspector")}</h2>
        <button type="button" class="quiet icon-only" aria-label=${t("close")} title="${t("close")} (Esc)" onClick=${close}><${Icon} name="close" /></button>
      </header>
      <p class="inspected-prompt">${job.request?.prompt}</p>
      <button type="button" class="quiet" onClick=${() => copy(job.request?.prompt ?? "")}><${Icon} name="copy" /> ${t("copy")}</button>
      ${job.error && html`<${Trouble} job=${job} />`}
      <${Actions} item=${item} favourite=${favourites.has(idOf(item))} slots=${frameSlots(chosen?.dreambridge)} />
      <${Facts} item=${item} can=${model?.dreambridge} />
      ${order && html`<${Code} order=${order} />`}
    </aside>
  `;
}

/** The item before or after another one that can be shown large. */
export function step(key, by) {
  const shown = shownItems(get()).filter((each) => each.artifact);
  const place = shown.findIndex((each) => each.key === key);
  return shown[place + by] ?? null;
}
