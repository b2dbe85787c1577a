// Jobs as the gallery shows them: one item for each picture or video, placeholders included.
import { parseRatio } from "./models.js";

const WORD = /[\p{L}\p{N}]+/gu;

export const ended = (job) => ["completed", "failed", "cancelled"].includes(job.state);

/** All jobs, the newest first. */
export const sortJobs = (jobs) => [...jobs.values()].sort((a, b) => b.created_at - a.created_at || b.order - a.order);

/** The items of one job, in places that stay the same from the first placeholder to the last picture. */
export function itemsOf(job) {
  const running = !ended(job);
  const ratio = parseRatio(job.request?.size ?? job.request?.ratio ?? (job.kind === "video" ? "16:9" : "1:1"));
  const by = new Map(job.artifacts.map((each) => [each.index, each]));
  // The results of a completed job can be deleted one by one; of one that failed, the failure keeps the place.
  if (!by.size && job.state === "completed") return [];
  if (!running && !by.size) return [{ key: `${job.key}/0`, job, index: 0, ratio, artifact: null, state: "failed" }];
  const places = running ? Math.max(job.request?.n ?? 1, by.size) : 0;
  const count = running ? places : Math.max(...by.keys()) + 1;
  const items = [];
  for (let index = 0; index < count; index += 1) {
    const artifact = by.get(index) ?? null;
    if (!artifact && !running) continue;
    const own = artifact?.width ? artifact.width / artifact.height : ratio;
    items.push({ key: `${job.key}/${index}`, job, index, ratio: own, artifact, state: artifact ? "done" : "waiting" });
  }
  return items;
}

const dates = new WeakMap();

function textOf(job, favourite) {
  if (!dates.has(job)) {
    const day = new Date(job.created_at * 1000);
    const iso = `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
    const parts = [job.request?.prompt, job.model, job.model_used, iso, day.toLocaleDateString(), job.state, job.kind];
    dates.set(job, parts.join(" ").toLowerCase());
  }
  return dates.get(job) + (favourite ? " favourite 收藏" : "");
}

const cache = { of: null, items: [] };

/** The items to show now, newest first; the same list while nothing that concerns it has changed. */
export function shownItems({ jobs, search, favourites, removed }) {
  const of = [jobs, search, favourites, removed];
  if (cache.of && of.every((each, place) => each === cache.of[place])) return cache.items;
  const wanted = search.text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const items = [];
  for (const job of sortJobs(jobs)) {
    if (search.kind && job.kind !== search.kind) continue;
    for (const item of itemsOf(job)) {
      const id = item.artifact?.id ?? item.key;
      const favourite = favourites.has(id);
      if (removed.has(id) || (search.favourites && !favourite)) continue;
      const text = wanted.length ? textOf(job, favourite) : "";
      if (wanted.every((word) => text.includes(word))) items.push(item);
    }
  }
  Object.assign(cache, { of, items });
  return items;
}

export const idOf = (item) => item.artifact?.id ?? item.key;

export const findItem = (now, key) => shownItems(now).find((each) => each.key === key) ?? null;

export const searching = (search) => Boolean(search.text.trim() || search.favourites || search.kind);

/** A file name people can read: the first words of the prompt, and the place in its job. */
export function fileName(item) {
  const words = (item.job.request?.prompt ?? "").match(WORD) ?? [];
  const name = words.join("-").slice(0, 48).replace(/-+$/, "") || "dreambridge";
  const extension = /\.([a-z0-9]{1,5})(?:\?|$)/i.exec(addressOf(item.artifact, ""))?.[1] ?? "bin";
  return `${name}-${item.job.id.slice(4, 10)}-${item.index + 1}.${extension}`;
}

/** The address of an artifact's bytes as this page reaches them, whatever name the server gave itself. */
export function addressOf(artifact, base) {
  const place = artifact.url.indexOf("v1/artifacts/");
  if (place >= 0) return base + artifact.url.slice(place);
  // The operator gives out the sites' own addresses, which this page may not load; ours is there all the same.
  return `${base}v1/artifacts/${artifact.id}.${artifact.kind === "video" ? "mp4" : "png"}`;
}

/** The address of a small version or a still, where there is one of ours. */
export function stillOf(artifact, base) {
  const place = artifact.thumbnail_url?.indexOf("v1/artifacts/") ?? -1;
  return place < 0 ? null : base + artifact.thumbnail_url.slice(place);
}
