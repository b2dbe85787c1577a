// What can be done with an item, by pointer and by key.
import { BASE } from "./api.js";
import { UNDO_MS } from "./erasing.js";
import { addressOf, fileName, findItem, idOf, shownItems } from "./items.js";
import { toggle } from "./kept.js";
import { editJob } from "./orders.js";
import { addItem } from "./references.js";
import { get, notify, set } from "./state.js";
import { t } from "./words.js";

const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/** Save a result as a file with a name people can read. */
export function download(item) {
  const link = document.createElement("a");
  link.href = addressOf(item.artifact, BASE);
  link.download = fileName(item);
  link.click();
}

const chosen = () => {
  const now = get();
  return shownItems(now).filter((each) => now.selected.has(each.key));
};

/** Take items from the page at once; from the server they go when there has been time to undo it. */
export function remove(items) {
  const ids = items.map(idOf);
  refocus(items);
  set((now) => ({ removed: new Set([...now.removed, ...ids]), selected: new Set(), inspecting: false, viewing: null }));
  const undo = () => {
    set((now) => ({ removed: new Set([...now.removed].filter((id) => !ids.includes(id))), notice: null }));
  };
  notify(t("removedNote", { n: items.length }), t("undo"), undo, UNDO_MS);
}

/** Keys go on with the neighbour of what is taken away. */
function refocus(items) {
  const shown = shownItems(get());
  const keys = new Set(items.map((each) => each.key));
  const place = shown.findIndex((each) => keys.has(each.key));
  const rest = shown.filter((each, index) => index >= place && !keys.has(each.key));
  const next = rest[0] ?? shown.findLast((each) => !keys.has(each.key));
  set({ focus: next?.key ?? null });
  const here = document.activeElement?.closest(".tile");
  if (here && next) requestAnimationFrame(() => document.querySelector(`[data-key="${CSS.escape(next.key)}"] :is(.face, button)`)?.focus());
}

/** What a key does with an item; true where it did something. */
export function actByKey(key, item) {
  const lower = key.toLowerCase();
  if (key === "Delete" || key === "Backspace") remove(get().selected.size ? chosen() : [item]);
  else if (lower === "e") editJob(item.job);
  else if (!item.artifact) return false;
  else if (lower === "r") addItem(item);
  else if (lower === "d") download(item);
  else if (lower === "f") toggle("favourites", idOf(item));
  else if (lower === "x") toggle("selected", item.key);
  else return false;
  return true;
}

/** The hands of the canvas: choosing, ranges, moving and opening. */
export function acting(scroller) {
  let anchor = null;
  const act = {
    places: [],
    neighbour: () => null,
    focus(item) {
      if (get().focus !== item.key) set({ focus: item.key });
    },
    choose(event, item) {
      if (event.shiftKey || event.metaKey || event.ctrlKey || get().selected.size) return act.pick(event, item);
      anchor = item.key;
      set({ focus: item.key, inspecting: true });
      return undefined;
    },
    pick(event, item) {
      const keys = shownItems(get()).filter((each) => each.artifact).map((each) => each.key);
      const [from, to] = [keys.indexOf(anchor), keys.indexOf(item.key)].sort((a, b) => a - b);
      if (event.shiftKey && from >= 0) {
        set((now) => ({ selected: new Set([...now.selected, ...keys.slice(from, to + 1)]), focus: item.key }));
      } else {
        toggle("selected", item.key);
        set({ focus: item.key });
      }
      anchor = item.key;
    },
    open(item) {
      if (item.artifact) set({ viewing: item.key, focus: item.key });
    },
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const item = findItem(get(), get().focus);
      if (!item || !event.target.closest?.(".tile")) return;
      if (event.key in ARROWS) act.go(item, ARROWS[event.key], event);
      else if (event.key === " " && item.artifact) act.open(item);
      else if (event.key === "Escape" && get().selected.size) set({ selected: new Set() });
      else if (event.key === "Escape" && get().inspecting) set({ inspecting: false });
      else if (!actByKey(event.key, item)) return;
      event.preventDefault();
    },
    go(item, direction, event) {
      const next = act.neighbour(item.key, direction);
      if (!next) return;
      set((now) => ({
        focus: next.key,
        selected: event.shiftKey ? new Set([...now.selected, item.key, next.key]) : now.selected,
      }));
      requestAnimationFrame(() => {
        const face = scroller.current?.querySelector(`[data-key="${CSS.escape(next.key)}"] :is(.face, button)`);
        face?.focus({ preventScroll: true });
        face?.scrollIntoView({ block: "nearest" });
      });
    },
  };
  return act;
}

export const chosenItems = chosen;
