// What the page knows, in one place. Values are replaced, never changed, so that a part can see whether it is concerned.
import { useLayoutEffect, useReducer, useRef } from "./preact.js";

let state = {
  language: "en",
  theme: "auto",
  view: "make", // make | jobs | accounts
  online: true,
  credentials: [], // {id, value, label, site}
  active: null, // id of the credential in use
  models: [],
  modelsError: null,
  balance: null,
  settings: {}, // what the composer says; see kept.js
  references: [], // {key, id, kind, name, url, progress, error, slot}
  awaited: null, // {prompt, keys} of an order that waits for its references
  forecast: null, // {cost, balance, obstacle} of what the composer says now
  fieldError: null, // {param, message, remedy} of the API
  jobs: new Map(), // id → job as the API tells it, with `key`, which outlives the id of a job not yet accepted
  progress: new Map(), // id → progress, apart from the jobs so that it moves nothing but its own line
  loaded: false,
  favourites: new Set(),
  removed: new Set(),
  search: { text: "", favourites: false, kind: "" },
  selected: new Set(), // keys of items
  focus: null, // key of the item that keys act on
  inspecting: false,
  viewing: null, // key of the item in the large view
  dialog: null, // keys | null
  notice: null, // {text, action, run}
  announcement: "",
  minute: 0, // so that times go on
};

const listeners = new Set();

export const get = () => state;

export function set(patch) {
  const next = typeof patch === "function" ? patch(state) : patch;
  state = { ...state, ...next };
  for (const listener of [...listeners]) listener(state);
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a.constructor !== b.constructor || (a.constructor !== Object && a.constructor !== Array)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}

/** Give what `pick` finds in the state, and draw again only when that becomes another. */
export function useStore(pick) {
  const [, redraw] = useReducer((count) => count + 1, 0);
  const kept = useRef();
  kept.current = { pick, value: pick(state) };
  useLayoutEffect(() => {
    const look = (now) => {
      if (!same(kept.current.pick(now), kept.current.value)) redraw();
    };
    look(state); // what changed between drawing and listening
    return subscribe(look);
  }, []);
  return kept.current.value;
}

/** Say something to screen readers. */
export const announce = (announcement) => set({ announcement });

let noticeTimer;

/** Show a line at the bottom for a while, with something that can be done about it. */
export function notify(text, action = null, run = null, milliseconds = 8000) {
  clearTimeout(noticeTimer);
  set({ notice: { text, action, run }, announcement: text });
  noticeTimer = setTimeout(() => set({ notice: null }), milliseconds);
}
