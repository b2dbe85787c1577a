// All jobs as a list: what each is, where it is, what it cost, and its end if wanted.
import { html, useState } from "./preact.js";
import { explain } from "./failures.js";
import { ended, sortJobs } from "./items.js";
import { cancel, erase } from "./jobs.js";
import { estimate, findModel } from "./models.js";
import { notify, set, useStore } from "./state.js";
import { ago, exactTime, number, progressLine, span, t, useWords } from "./words.js";

const PAGE = 50;
const STATES = { all: () => true, open: (job) => !ended(job), done: (job) => job.state === "completed", state_failed: (job) => job.state === "failed" };

function costOf(job, models) {
  const can = findModel(models, job.model_used ?? job.model)?.dreambridge;
  if (job.cost !== null && job.cost !== undefined) return number(job.cost);
  if (job.state !== "completed") return "";
  const about = estimate(can, { count: job.request?.n ?? 1, resolution: job.request?.resolution, seconds: job.request?.seconds });
  return about === null ? "" : t("costEstimate", { c: number(about) });
}

function Row({ job, models }) {
  const progress = useStore((now) => now.progress.get(job.id));
  const running = !ended(job);
  const state = running ? progressLine(progress) : t(`state_${job.state}`);
  const show = () => set({ view: "make", focus: `${job.key}/${job.artifacts[0]?.index ?? 0}`, inspecting: true });
  const end = () => cancel(job).catch((error) => notify(error.message || t("lost")));
  const drop = () => erase([job]).catch((error) => notify(error.message || t("lost")));
  const failure = job.error && job.state === "failed" ? explain(job.error) : null;
  return html`
    <tr>
      <td><time title=${exactTime(job.created_at)}>${ago(job.created_at)}</time></td>
      <td class="wide"><button type="button" class="link plain" onClick=${show}>${job.request?.prompt || job.id}</button></td>
      <td>${findModel(models, job.model_used)?.dreambridge.title ?? job.model}</td>
      <td>
        <span class="state ${job.state}">${state}</span>
        ${failure && html`<span class="fine block">${failure.said} ${failure.cost}</span>`}
      </td>
      <td>${job.ended_at ? span(Math.max(1, job.ended_at - job.created_at)) : ""}</td>
      <td>${costOf(job, models)}</td>
      <td class="row-acts">
        ${running
          ? html`<button type="button" disabled=${job.cancel_requested || job.local} onClick=${end}>${t(job.cancel_requested ? "cancelling" : "cancel")}</button>`
          : html`<button type="button" onClick=${drop}>${t("deleteJob")}</button>`}
      </td>
    </tr>
  `;
}

export function JobsPage() {
  useWords();
  const [wanted, setWanted] = useState("all");
  const [most, setMost] = useState(PAGE);
  const { jobs, models, loaded } = useStore((now) => ({ jobs: now.jobs, models: now.models, loaded: now.loaded }));
  const list = sortJobs(jobs).filter(STATES[wanted]);
  const columns = ["when", "prompt", "model", "status", "took", "cost"];
  return html`
    <main class="page" id="canvas">
      <header class="page-head">
        <h1>${t("jobs")}</h1>
        <div class="tabs" role="group" aria-label=${t("status")}>
          ${Object.keys(STATES).map((name) => html`<button type="button" key=${name} aria-pressed=${name === wanted} onClick=${() => setWanted(name)}>${t(name)}</button>`)}
        </div>
      </header>
      ${list.length === 0 && html`<p class="empty">${t(loaded ? "noJobs" : "loadingJobs")}</p>`}
      ${list.length > 0 &&
      html`
        <table class="list">
          <thead><tr>${columns.map((name) => html`<th scope="col" key=${name}>${t(name)}</th>`)}<td></td></tr></thead>
          <tbody>${list.slice(0, most).map((job) => html`<${Row} key=${job.key} job=${job} models=${models} />`)}</tbody>
        </table>
      `}
      ${list.length > most && html`<button type="button" onClick=${() => setMost(most + PAGE)}>${t("showMore")}</button>`}
    </main>
  `;
}
