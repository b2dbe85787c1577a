// The page's words, in the reader's language.
import { en } from "./words-en.js";
import { zh } from "./words-zh.js";
import { get, useStore } from "./state.js";

export const LANGUAGES = { en: "English", zh: "中文" };
const WORDS = { en, zh };
const HOUR = 3600;

export function t(name, values = {}) {
  const text = WORDS[get().language]?.[name] ?? en[name] ?? name;
  const chosen = typeof text === "string" ? text : text[values.n === 1 ? 0 : 1];
  return chosen.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Have a part drawn again in another language, and as "3 min ago" grows older. */
export const useWords = () => useStore((now) => `${now.language} ${now.minute}`);

const formats = new Map();

/** Making a format is slow, using it is not. */
function format(kind, options) {
  const key = `${get().language} ${kind.name} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new kind(get().language, options));
  return formats.get(key);
}

export const number = (value) => format(Intl.NumberFormat, { maximumFractionDigits: 1 }).format(value);

/** Say a number of seconds the way people do: 40 s, 3 min, 2 h. */
export function span(seconds) {
  if (seconds < 90) return t("secondsLong", { s: Math.max(1, Math.round(seconds)) });
  if (seconds < 90 * 60) return t("minutesLong", { m: Math.round(seconds / 60) });
  return t("hoursLong", { h: Math.round(seconds / HOUR) });
}

export function ago(epoch) {
  const seconds = Date.now() / 1000 - epoch;
  if (seconds < 45) return t("justNow");
  if (seconds < 90 * 60) return t("minutesAgo", { m: Math.max(1, Math.round(seconds / 60)) });
  if (seconds < 36 * HOUR) return t("hoursAgo", { h: Math.round(seconds / HOUR) });
  return format(Intl.DateTimeFormat, { month: "short", day: "numeric" }).format(epoch * 1000);
}

export const exactTime = (epoch) =>
  format(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "medium" }).format(epoch * 1000);

/** Say in a line where a running job is. */
export function progressLine(progress) {
  if (!progress) return t("stateQueued");
  const { queue_position: place, remaining_seconds: left, percent, state } = progress;
  const parts = [];
  if (place) parts.push(t("inLine", { place, ordinal: ordinal(place) }));
  else if (percent > 0) parts.push(`${Math.round(percent)}%`);
  else parts.push(t(`state_${state}`));
  if (left > 0) parts.push(t("about", { span: span(left) }));
  return parts.join(" · ");
}

function ordinal(place) {
  const rest = place % 100;
  const ending = rest >= 11 && rest <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[place % 10] ?? "th");
  return `${place}${ending}`;
}
