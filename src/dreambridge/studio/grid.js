// The gallery: only the tiles near the view are in the page, and while it flies past, no new picture is asked for.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./preact.js";
import { placesWithin } from "./layout.js";
import { Tile } from "./tile.js";
import { t, useWords } from "./words.js";

const BEYOND = 320; // pixels
const A_FRAME = 1; // tiles and pictures that a frame may begin: a whole row in one would be seen as a jerk
const FLYING = 1.2; // pixels a millisecond, faster than anyone looks
const STILL = 100; // milliseconds without movement

/** How many tiles and pictures may be begun now, by how the view moved: any at rest, few in movement, no picture in flight. */
function allow(moved, top, now) {
  const span = now - moved.at;
  const pace = Math.abs(top - moved.top) / Math.max(span, 1);
  if (top !== moved.top) Object.assign(moved, { top, at: now });
  if (pace === 0 && span > STILL) return { tiles: Infinity, pictures: Infinity };
  return { tiles: A_FRAME, pictures: pace > FLYING && span < STILL ? 0 : A_FRAME };
}

/** The places to draw: those in view at once, those near it a few in a frame; and a few in a frame go, too. */
function chooseShown(places, top, bottom, old, free) {
  const had = new Set(old.shown);
  const within = (each, beyond) => each.y <= bottom + beyond && each.y + each.height >= top - beyond;
  let [come, go] = [free, free];
  const near = placesWithin(places, top - 2 * BEYOND, bottom + 2 * BEYOND);
  const shown = near.filter((each) => {
    if (within(each, BEYOND)) return had.has(each) || within(each, 0) || come-- > 0;
    return had.has(each) && go-- <= 0;
  });
  return { shown, settled: come >= 0 && go >= 0 };
}

/** The places near the view, and those of them that have their pictures; the ones in view come first. */
function choose(places, top, bottom, old, free) {
  const { shown, settled } = chooseShown(places, top, bottom, old, free.tiles);
  const full = new Set(shown.filter((each) => old.full.has(each)));
  const inView = (each) => each.y <= bottom && each.y + each.height >= top;
  const bare = shown.filter((each) => !full.has(each)).sort((a, b) => inView(b) - inView(a));
  for (const each of bare.slice(0, free.pictures)) full.add(each);
  const same = !bare.length && shown.length === old.shown.length && shown.every((each, index) => each === old.shown[index]);
  return same && settled === old.settled ? old : { shown, full, settled };
}

/** Give `draw`, which for a place it drew before gives the very same element: what stays is not looked at again. */
function useKept(on, draw) {
  const kept = useMemo(() => new WeakMap(), on);
  return (place) => kept.get(place) ?? (kept.set(place, draw(place)), kept.get(place));
}

export function Grid({ scroller, places, height, act, focus, entry }) {
  const words = useWords();
  const root = useRef();
  const asked = useRef(0);
  const moved = useRef({ top: 0, at: -Infinity });
  const [near, setNear] = useState({ shown: [], full: new Set(), settled: true });
  const look = () => {
    if (!root.current || !scroller.current) return;
    const top = scroller.current.getBoundingClientRect().top - root.current.getBoundingClientRect().top;
    const free = allow(moved.current, top, performance.now());
    const next = choose(places, top, top + scroller.current.clientHeight, latest.current.near, free);
    latest.current.near = next;
    setNear(next);
    if (!next.settled || next.full.size < next.shown.length) soon();
  };
  const soon = () => {
    asked.current ||= requestAnimationFrame(() => {
      asked.current = 0;
      latest.current.look();
    });
  };
  const latest = useRef({ near });
  latest.current.look = look;
  useLayoutEffect(look, [places]);
  useEffect(() => {
    scroller.current.addEventListener("scroll", soon, { passive: true });
    return () => (cancelAnimationFrame(asked.current), scroller.current?.removeEventListener("scroll", soon));
  }, []);
  const held = focus && !near.shown.some((each) => each.item.key === focus) ? places.find((each) => each.item.key === focus) : null;
  const draw = (bare) => (place) => html`<${Tile} key=${place.item.key} place=${place} act=${act} entry=${entry} bare=${bare} />`;
  const full = useKept([places, act, entry, words], draw(false));
  const bare = useKept([places, act, entry, words], draw(true));
  return html`
    <div class="tiles grid" role="list" aria-label=${t("gallery")} ref=${root} style=${{ height: `${height}px` }}>
      ${(held ? [...near.shown, held] : near.shown).map((place) => (near.full.has(place) || place === held ? full : bare)(place))}
    </div>
  `;
}
