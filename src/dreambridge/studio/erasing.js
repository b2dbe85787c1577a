// What was taken from the page goes from the server, too, once there has been time to think better of it.
import { credential, ServerLost } from "./api.js";
import { ended } from "./items.js";
import { erase, eraseResults } from "./jobs.js";
import { read } from "./kept.js";
import { get, notify, set, subscribe } from "./state.js";

/** How long a deletion can be undone. */
export const UNDO_MS = 7000;
const MARGIN_MS = 500;

const due = new Map(); // id of what was taken → when it goes for good
const leaving = new Set(); // ids the server is being told of
let timer;

/** From now on erase what is taken from the page, here or in another tab, in this visit or one cut short. */
export function eraseAlways() {
  let before = {};
  subscribe((now) => {
    if (now.jobs === before.jobs && now.removed === before.removed) return;
    before = now;
    for (const id of due.keys()) if (!now.removed.has(id)) due.delete(id);
    for (const id of now.removed) if (!due.has(id)) due.set(id, performance.now() + UNDO_MS + MARGIN_MS);
    arrange();
  });
}

/** What was taken of jobs that have ended; a result of one that runs stays until its end. */
function taken({ jobs, removed }) {
  if (!removed.size) return [];
  return [...jobs.values()].filter(ended).flatMap((job) => {
    const all = job.artifacts.length ? job.artifacts.map((each) => each.id) : [`${job.key}/0`];
    const ids = all.filter((id) => removed.has(id) && !leaving.has(id));
    return ids.length ? [{ job, ids, all }] : [];
  });
}

function arrange() {
  clearTimeout(timer);
  const soonest = Math.min(...taken(get()).flatMap(({ ids }) => ids.map((id) => due.get(id))));
  if (soonest < Infinity) timer = setTimeout(erasePast, Math.max(0, soonest - performance.now()));
}

function erasePast() {
  // Another tab may have thought better of it a moment ago: what is kept knows before this tab is told.
  const kept = read("removed", null);
  const meant = kept ? new Set(kept) : get().removed;
  const past = (id) => due.get(id) <= performance.now() && meant.has(id);
  for (const { job, ids, all } of taken(get())) {
    const gone = ids.filter(past);
    if (gone.length) eraseOf(job, gone, gone.length === all.length);
  }
  arrange();
}

/** Erase a job whole, or some results of it; what the server will not let go comes back on the page. */
async function eraseOf(job, ids, whole) {
  for (const id of ids) leaving.add(id);
  try {
    await (whole ? erase([job]) : eraseResults(job, ids, credential()?.value));
    forgetTaken(ids);
  } catch (error) {
    if (error instanceof ServerLost) {
      for (const id of ids) due.set(id, performance.now() + UNDO_MS);
    } else {
      forgetTaken(ids);
      notify(error.message);
    }
  } finally {
    for (const id of ids) leaving.delete(id);
    arrange();
  }
}

const forgetTaken = (ids) => set((now) => ({ removed: new Set([...now.removed].filter((id) => !ids.includes(id))) }));
