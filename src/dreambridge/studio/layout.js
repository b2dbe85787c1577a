// Where each item stands, worked out from shapes alone: nothing moves when pictures arrive.
export const GAP = 8;
const NARROW = 600;
const ROW = 208;
const LEAST = 0.5;
const MOST = 2.6;

const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

/** The newest job, as large as fits: the number of columns that shows the most of it. */
export function layoutStage(items, width, height) {
  const ratio = clamp(items[0].ratio, 0.4, 3);
  let best = null;
  for (let columns = 1; columns <= items.length; columns += 1) {
    const rows = Math.ceil(items.length / columns);
    const tall = Math.min((width - GAP * (columns - 1)) / columns / ratio, (height - GAP * (rows - 1)) / rows);
    if (tall > 40 && (!best || tall > best.tall)) best = { columns, rows, tall };
  }
  const { columns, rows, tall } = best ?? { columns: Math.min(2, items.length), rows: Math.ceil(items.length / 2), tall: 120 };
  const wide = tall * ratio;
  const places = items.map((item, index) => ({
    item,
    x: (index % columns) * (wide + GAP),
    y: Math.floor(index / columns) * (tall + GAP),
    width: wide,
    height: tall,
  }));
  return { places, width: wide * columns + GAP * (columns - 1), height: rows * tall + GAP * (rows - 1) };
}

/** The gallery: rows of one height each, or two columns where the page is narrow. */
export function layoutGallery(items, width) {
  if (width <= 0) return { places: [], height: 0 };
  return width < NARROW ? inColumns(items, width, 2) : inRows(items, width);
}

function inRows(items, width) {
  const places = [];
  let row = [];
  let sum = 0;
  let y = 0;
  const close = (last) => {
    const free = width - GAP * (row.length - 1);
    const height = last ? Math.min(ROW, free / sum) : free / sum;
    let x = 0;
    for (const [item, ratio] of row) {
      places.push({ item, x, y, width: ratio * height, height });
      x += ratio * height + GAP;
    }
    y += height + GAP;
    row = [];
    sum = 0;
  };
  for (const item of items) {
    const ratio = item.state === "failed" ? 1.4 : clamp(item.ratio, LEAST, MOST);
    row.push([item, ratio]);
    sum += ratio;
    if ((width - GAP * (row.length - 1)) / sum <= ROW) close(false);
  }
  if (row.length) close(true);
  return { places, height: Math.max(0, y - GAP) };
}

function inColumns(items, width, columns) {
  const places = [];
  const ends = Array(columns).fill(0);
  const wide = (width - GAP * (columns - 1)) / columns;
  for (const item of items) {
    const column = ends.indexOf(Math.min(...ends));
    const height = wide / (item.state === "failed" ? 0.9 : clamp(item.ratio, LEAST, MOST));
    places.push({ item, x: column * (wide + GAP), y: ends[column], width: wide, height });
    ends[column] += height + GAP;
  }
  return { places, height: Math.max(0, Math.max(...ends) - GAP) };
}

/** The places that touch a stretch of the page. Tops never go down by more than one tile, so a scan may stop early. */
export function placesWithin(places, top, bottom) {
  const found = [];
  for (const place of places) {
    if (place.y > bottom + 1200) break;
    if (place.y <= bottom && place.y + place.height >= top) found.push(place);
  }
  return found;
}

/** The item in a direction from another, by where they stand. */
export function neighbour(places, key, direction) {
  const index = places.findIndex((each) => each.item.key === key);
  if (index < 0) return places[0]?.item ?? null;
  if (direction === "left" || direction === "right") {
    return (places[index + (direction === "right" ? 1 : -1)] ?? places[index]).item;
  }
  const from = places[index];
  const centre = from.x + from.width / 2;
  const beyond = places.filter((each) => (direction === "down" ? each.y >= from.y + from.height - 1 : each.y + each.height <= from.y + 1));
  const far = (each) => Math.abs(each.y - from.y) * 4 + Math.abs(each.x + each.width / 2 - centre);
  return beyond.reduce((best, each) => (best && far(best) <= far(each) ? best : each), null)?.item ?? from.item;
}
