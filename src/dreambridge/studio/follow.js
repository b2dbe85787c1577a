// Jobs that run: the newest by their events, the others by a look at the list, for a browser opens few connections.
import { ApiError, events, onRecovery } from "./api.js";
import { ended, sortJobs } from "./items.js";
import { forget, lookAgain, takeJobs } from "./jobs.js";
import { announce, get, set, subscribe } from "./state.js";
import { listen, tell } from "./tabs.js";
import { t } from "./words.js";

const STREAMS = 2;
const LOOK_MS = 2500;
const HIDDEN_LOOK_MS = 10_000;

const streams = new Map(); // job id → AbortController
let timer;

/** Keep every running job up to date from now on, across tabs, hidden pages and lost servers. */
export function followJobs() {
  let before = null;
  subscribe(({ jobs }) => {
    if (jobs !== before) {
      before = jobs;
      arrange();
    }
  });
  document.addEventListener("visibilitychange", arrange);
  listen({ job: (job) => takeJobs([job]), gone: forget });
  onRecovery(arrange);
}

export const stopFollowing = () => {
  for (const stream of streams.values()) stream.abort();
  streams.clear();
};

function running() {
  return sortJobs(get().jobs).filter((job) => !job.local && !ended(job));
}

function arrange() {
  const open = running();
  const wanted = document.hidden ? [] : open.slice(0, STREAMS).map((job) => job.id);
  for (const [id, stream] of streams) {
    if (!wanted.includes(id)) {
      stream.abort();
      streams.delete(id);
    }
  }
  if (get().online) for (const id of wanted) if (!streams.has(id)) stream(id);
  clearTimeout(timer);
  if (open.length > wanted.length) timer = setTimeout(look, document.hidden ? HIDDEN_LOOK_MS : LOOK_MS);
}

async function look() {
  await lookAgain().catch(() => {});
  arrange();
}

async function stream(id) {
  const control = new AbortController();
  streams.set(id, control);
  try {
    for await (const event of events(`v1/jobs/${id}/events`, control.signal)) take(id, event);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) forget([id]);
  }
  // A stream that broke off is opened again, a little later, if the job still runs.
  setTimeout(() => {
    if (streams.get(id) === control) streams.delete(id);
    arrange();
  }, 1000);
}

function take(id, event) {
  const job = get().jobs.get(id);
  if (!job) return;
  if (event.type === "progress") {
    set((now) => ({ progress: new Map(now.progress).set(id, { ...event.progress, state: event.state }) }));
  } else if (event.type === "artifact") {
    const artifacts = [...job.artifacts.filter((each) => each.id !== event.artifact.id), event.artifact];
    set((now) => ({ jobs: new Map(now.jobs).set(id, { ...job, artifacts }) }));
    announce(t("announceItem", { i: artifacts.length, n: job.request.n }));
  } else if (event.type === "end") {
    takeJobs([event.job]);
    tell("job", event.job);
    announce(event.job.state === "completed" ? t("announceDone") : event.job.error?.message ?? t("failed"));
    set({ ended: id });
  }
}
