// The jobs of the active credential: load, make, cancel, delete. Following the ones that run is in follow.js.
import { ApiError, call, callJob, ServerLost } from "./api.js";
import { ended } from "./items.js";
import { keepPrompt } from "./kept.js";
import { announce, get, set } from "./state.js";
import { tell } from "./tabs.js";
import { t } from "./words.js";

const PAGE = 100;
const MOST_JOBS = 2000;

let listed = 0;

/** Where a job stands among those of the same second, which is all the API tells: lists come newest first. */
const placeOf = (known, list) => known?.order ?? (list.length > 1 ? -(listed += 1) : Date.now());

/** Take jobs up as the API tells them. What this page calls a job outlives the id it had before it was accepted. */
export function takeJobs(list) {
  set((now) => {
    const jobs = new Map(now.jobs);
    const progress = new Map(now.progress);
    for (const job of list) {
      const known = jobs.get(job.id);
      jobs.set(job.id, { ...job, key: known?.key ?? job.id, order: placeOf(known, list) });
      if (ended(job)) progress.delete(job.id);
      else progress.set(job.id, { ...job.progress, state: job.state });
    }
    return { jobs, progress };
  });
}

let loading = 0;

/** Load every job, a page at a time, so that the newest are there at once. */
export async function loadJobs() {
  loading += 1;
  const mine = loading;
  const seen = new Set();
  let after = "";
  try {
    do {
      const page = await call(`v1/jobs?limit=${PAGE}${after}`);
      if (mine !== loading) return;
      for (const job of page.data) seen.add(job.id);
      takeJobs(page.data);
      set({ loaded: true });
      after = page.has_more ? `&after=${page.last_id}` : "";
    } while (after && seen.size < MOST_JOBS);
    forget([...get().jobs.values()].filter((job) => !job.local && !seen.has(job.id)).map((job) => job.id));
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof ServerLost)) throw error;
    set({ loaded: true });
  }
}

/** Look once at the newest jobs; cheaper than asking for each that runs. */
export async function lookAgain() {
  const running = [...get().jobs.values()].filter((job) => !job.local && !ended(job));
  const page = await call(`v1/jobs?limit=${PAGE}`);
  takeJobs(page.data);
  const told = new Set(page.data.map((job) => job.id));
  const missed = running.filter((job) => !told.has(job.id)).slice(0, 10);
  takeJobs(await Promise.all(missed.map((job) => call(`v1/jobs/${job.id}`))));
}

export function forget(ids) {
  if (!ids.length) return;
  set((now) => {
    const jobs = new Map(now.jobs);
    for (const id of ids) jobs.delete(id);
    return { jobs };
  });
}

/** Empty the gallery, for another credential. */
export function leaveJobs() {
  loading += 1;
  set({ jobs: new Map(), progress: new Map(), loaded: false, selected: new Set(), focus: null, inspecting: false });
}

/** Make something: its places are on the page before the call leaves. SPENDS CREDIT. */
export function make(order) {
  const id = `local_${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
  const { body, shape } = order;
  const job = {
    id,
    key: id,
    order: Date.now(),
    local: true,
    asked: order,
    kind: order.kind,
    state: "queued",
    model: body.model,
    created_at: Math.floor(Date.now() / 1000), // whole, as the API tells it
    artifacts: [],
    error: null,
    request: { prompt: body.prompt, n: body.n ?? 1, inputs: [], ...shape },
  };
  set((now) => ({ jobs: new Map(now.jobs).set(id, job), fieldError: null, focus: null, inspecting: false, viewing: null }));
  keepPrompt(body.prompt);
  announce(t("announceMaking", { n: body.n ?? 1 }));
  return sendOrder(job);
}

/** Send the order of a place on the page; once more under the same key joins what the first may have started. */
export async function sendOrder(job) {
  put({ ...job, state: "queued", error: null });
  try {
    const headers = { "Idempotency-Key": job.key };
    const accepted = await callJob(job.asked.path, { json: job.asked.body, headers });
    set((now) => {
      const jobs = new Map(now.jobs);
      jobs.delete(job.id);
      jobs.set(accepted.id, { ...accepted, key: job.key, order: job.order });
      const progress = new Map(now.progress).set(accepted.id, { ...accepted.progress, state: accepted.state });
      return { jobs, progress };
    });
    tell("job", accepted);
    return true;
  } catch (error) {
    refuse(job, error);
    return false;
  }
}

function put(job) {
  set((now) => ({ jobs: new Map(now.jobs).set(job.id, job) }));
}

function refuse(job, error) {
  if (error instanceof ApiError && error.param && error.status < 500) {
    forget([job.id]);
    set({ fieldError: error });
    announce(error.message);
    return;
  }
  const lost = { message: t("lostBeforeSending"), remedy: "", code: "server_lost", charged: "no", retryable: true };
  put({ ...job, state: "failed", error: error instanceof ApiError ? { ...error, message: error.message } : lost });
}

/** Cancel a job as soon as that is safe. */
export async function cancel(job) {
  const answer = await call(`v1/jobs/${job.id}/cancel`, { method: "POST" });
  takeJobs([answer]);
  tell("job", answer);
}

/** Delete ended jobs for good, here and on the server. */
export async function erase(jobs) {
  const ids = jobs.map((job) => job.id);
  forget(ids);
  tell("gone", ids);
  for (const job of jobs) {
    if (job.local) continue;
    try {
      await drop(`v1/jobs/${job.id}`);
    } catch (error) {
      await loadJobs();
      throw error;
    }
  }
}

/** Delete single results of an ended job for good, here and on the server. */
export async function eraseResults(job, ids, as) {
  for (const id of ids) await drop(`v1/artifacts/${id}`, as);
  const known = get().jobs.get(job.id);
  if (!known) return;
  const left = { ...known, artifacts: known.artifacts.filter((each) => !ids.includes(each.id)) };
  put(left);
  tell("job", left);
}

/** Delete something that may be gone already. */
async function drop(path, as) {
  try {
    await call(path, { method: "DELETE", as });
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}
