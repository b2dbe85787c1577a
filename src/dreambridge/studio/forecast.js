// What the composer's call would cost, asked of the API with dry_run, which makes and spends nothing.
import { ApiError, call, credential } from "./api.js";
import { buildOrder } from "./orders.js";
import { get, set, subscribe } from "./state.js";

const PAUSE_MS = 500;
const FIELDS = ["settings", "references", "models", "active"];

/** Keep the forecast up to date, a moment after the last change. */
export function forecastAlways() {
  let before = get();
  let timer;
  let control = new AbortController();
  subscribe((now) => {
    const changed = FIELDS.some((name) => now[name] !== before[name]);
    before = now;
    if (!changed) return;
    clearTimeout(timer);
    control.abort();
    timer = setTimeout(() => {
      control = new AbortController();
      forecast(control.signal);
    }, PAUSE_MS);
  });
}

async function forecast(signal) {
  const order = credential() && buildOrder();
  if (!order?.body.prompt && !(order?.kind === "video" && order.references.length)) {
    set({ forecast: null });
    return;
  }
  try {
    const { cost, balance, obstacle } = await call(order.path, { json: { ...order.body, dry_run: true }, signal });
    set({ forecast: { cost, balance, obstacle } });
    if (balance !== null) set({ balance });
  } catch (error) {
    if (!(error instanceof ApiError)) return;
    set({ forecast: null });
    if (error.param && error.code !== "unsupported_dry_run") set({ fieldError: error });
  }
}

/** Ask what the account in use has. */
export async function loadBalance() {
  try {
    const answers = await call("token/points", { method: "POST" });
    const known = answers.map((each) => each.points?.totalCredit).filter((each) => each !== undefined);
    set({ balance: known.length ? known.reduce((sum, each) => sum + each, 0) : null });
  } catch {
    set({ balance: null });
  }
}
