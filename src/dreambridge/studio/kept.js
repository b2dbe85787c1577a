// What outlives a visit: in this browser only, and what a link may carry, in the fragment. Sessions never leave storage
// but in the Authorization header of calls to this very server.
import { get, set, subscribe } from "./state.js";

const PREFIX = "dreambridge.";
const MOST_PROMPTS = 100;
const VIEWS = ["make", "jobs", "accounts"];

/** Settings of the composer: name in the state → [name in the fragment, default]. */
const FIELDS = {
  prompt: ["p", ""],
  model: ["m", ""],
  ratio: ["r", ""],
  resolution: ["s", ""],
  count: ["n", 4],
  seconds: ["d", 0],
  seed: ["seed", ""],
  negative: ["no", ""],
  strength: ["i", ""],
};

export function read(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the page works, it only forgets.
  }
}

export const defaults = () => Object.fromEntries(Object.entries(FIELDS).map(([name, [, value]]) => [name, value]));

function readFragment() {
  const said = new URLSearchParams(location.hash.slice(1));
  const settings = {};
  for (const [name, [short, fallback]] of Object.entries(FIELDS)) {
    if (!said.has(short)) continue;
    const text = said.get(short);
    settings[name] = typeof fallback === "number" ? Number(text) || fallback : text;
  }
  return { settings, view: VIEWS.includes(said.get("v")) ? said.get("v") : "make" };
}

function writeFragment({ settings, view }) {
  const said = new URLSearchParams();
  if (view !== "make") said.set("v", view);
  for (const [name, [short, fallback]] of Object.entries(FIELDS)) {
    if (settings[name] !== undefined && settings[name] !== fallback) said.set(short, settings[name]);
  }
  const fragment = said.toString();
  if (fragment !== location.hash.slice(1)) history.replaceState(null, "", `${location.pathname}#${fragment}`);
}

function load() {
  const look = read("look", {});
  const credentials = read("credentials", []);
  const active = read("active", null);
  const chinese = navigator.language.toLowerCase().startsWith("zh");
  return {
    language: look.language ?? (chinese ? "zh" : "en"),
    theme: look.theme ?? "auto",
    credentials,
    active: credentials.some((each) => each.id === active) ? active : (credentials[0]?.id ?? null),
    favourites: new Set(read("favourites", [])),
    removed: new Set(read("removed", [])),
  };
}

/** Take up what was kept; from now on keep what changes, and follow what other tabs and links say. */
export function remember() {
  const { settings, view } = readFragment();
  set({ ...load(), settings: { ...defaults(), ...read("settings", {}), ...settings }, view });
  let before = get();
  let timer;
  subscribe((now) => {
    const changed = (name) => now[name] !== before[name];
    if (changed("language") || changed("theme")) keep("look", { language: now.language, theme: now.theme });
    for (const name of ["credentials", "active"]) if (changed(name)) keep(name, now[name]);
    for (const name of ["favourites", "removed"]) if (changed(name)) keep(name, [...now[name]]);
    if (changed("settings") || changed("view")) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        keep("settings", get().settings);
        writeFragment(get());
      }, 200);
    }
    before = now;
  });
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX) && !event.key.endsWith("settings")) set(load());
  });
  addEventListener("hashchange", () => {
    const said = readFragment();
    set((now) => ({ view: said.view, settings: { ...now.settings, ...said.settings } }));
  });
}

export const change = (settings) =>
  set((now) => {
    const param = now.fieldError?.param;
    return { settings: { ...now.settings, ...settings }, fieldError: param ? null : now.fieldError };
  });

export const prompts = () => read("prompts", []);

export function keepPrompt(prompt) {
  if (prompt) keep("prompts", [prompt, ...prompts().filter((each) => each !== prompt)].slice(0, MOST_PROMPTS));
}

export function toggle(name, key) {
  set((now) => {
    const next = new Set(now[name]);
    if (!next.delete(key)) next.add(key);
    return { [name]: next };
  });
}
