// An order given while its references are still on their way: remembered, and made once they are all there.
import { makeNow } from "./orders.js";
import { arriving } from "./references.js";
import { announce, get, set, subscribe } from "./state.js";
import { t } from "./words.js";

const SAME_WISH_MS = 1000;

let made = { at: -Infinity };

const hopeful = (references) => references.filter((each) => !each.error).map((each) => each.key);

/** Make what the composer says, at once or when its references are there. SPENDS CREDIT. */
export function makeWhenThere() {
  const { settings, references, awaited } = get();
  const failed = references.find((each) => each.error);
  if (failed) {
    set({ fieldError: { param: "images", code: failed.error.code, message: failed.error.message, remedy: t("referenceFailed") } });
    return;
  }
  if (references.some(arriving)) {
    if (awaited) return;
    set({ awaited: { prompt: settings.prompt, keys: hopeful(references) } });
    announce(t("orderWaits"));
    return;
  }
  // Whoever presses once more while a remembered order is sent off has not seen yet that it is.
  const same = made.settings === settings && made.references === references;
  if (!same || performance.now() - made.at > SAME_WISH_MS) makeNow();
}

/** Give a remembered order up; true where there was one. */
export function forgetAwaited() {
  if (!get().awaited) return false;
  set({ awaited: null });
  announce(t("orderForgotten"));
  return true;
}

/** From now on make a remembered order as soon as that can be done, and forget it when it is not what was meant. */
export function keepAwaited() {
  subscribe(({ awaited, settings, references }) => {
    if (!awaited) return;
    const keys = hopeful(references);
    if (awaited.prompt !== settings.prompt || !awaited.keys.every((key) => keys.includes(key))) forgetAwaited();
    else if (keys.length > awaited.keys.length) set({ awaited: { ...awaited, keys } });
    else if (!references.some(arriving)) {
      made = { at: performance.now(), settings, references };
      set({ awaited: null });
      makeNow();
    }
  });
}
