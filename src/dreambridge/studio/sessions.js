// Credentials of this browser: sessions, keys, the sandbox. They stay here, and go out in one header only.
import { call } from "./api.js";
import { loadBalance } from "./forecast.js";
import { leaveJobs, loadJobs } from "./jobs.js";
import { loadModels } from "./models.js";
import { loadReferences, restoreReferences } from "./references.js";
import { stopFollowing } from "./follow.js";
import { get, set, subscribe } from "./state.js";

const SESSION = /(?:^|[;\s"'])sessionid(?:_ss)?\s*[=:]\s*"?([0-9a-zA-Z%_-]{16,128})/i;
const COOKIE = /(?:^|[\s;])[\w-]+=[^;\s]+;/;

/** Read what was pasted: a session or key as it is, or the session in a Cookie header or a cURL line; null for neither. */
export function readPasted(text) {
  const pasted = text.trim().replace(/^Bearer\s+/i, "");
  if (!pasted) return null;
  const found = SESSION.exec(pasted);
  if (found) return found[1];
  return /\s/.test(pasted) || COOKIE.test(pasted) ? null : pasted;
}

/** Hide all of a credential but its end. */
export const mask = (value) => (/^sandbox/.test(value) ? value : `…${value.slice(-4)}`);

/** Add a credential and use it; one that the server does not take is not kept. Throws ApiError, ServerLost. */
export async function addCredential(value, label = "") {
  const known = get().credentials.find((each) => each.value === value);
  if (known) {
    useCredential(known.id);
    return;
  }
  await call("v1/models", { as: value });
  const one = { id: `c${Date.now().toString(36)}`, value, label: label.trim() };
  set((now) => ({ credentials: [...now.credentials, one] }));
  useCredential(one.id);
}

export function useCredential(id) {
  if (get().active === id) enter();
  else set({ active: id });
}

/** Show what belongs to the credential in use whenever that becomes another, here or in another tab. */
export function followActive() {
  let before = get().active;
  subscribe(({ active }) => {
    if (active === before) return;
    before = active;
    stopFollowing();
    leaveJobs();
    restoreReferences([]);
    set({ balance: null, forecast: null, fieldError: null, modelsError: null });
    enter();
  });
}

export function removeCredential(id) {
  const rest = get().credentials.filter((each) => each.id !== id);
  set({ credentials: rest });
  if (get().active === id) useCredential(rest[0]?.id ?? null);
}

/** Load what belongs to the credential in use. */
export async function enter() {
  if (!get().active) {
    set({ models: [], loaded: false });
    return;
  }
  await Promise.all([loadModels(), loadJobs(), loadBalance()]);
  if (!get().references.length) loadReferences();
}
