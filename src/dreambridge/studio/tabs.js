// What one tab learns about jobs the others of the same browser learn too. Settings go by storage events, in kept.js.
import { get } from "./state.js";

const channel = "BroadcastChannel" in window ? new BroadcastChannel("dreambridge") : null;

export function tell(kind, value) {
  channel?.postMessage({ kind, value, active: get().active });
}

/** Hand over what other tabs with the same credential tell: `job` with a job, `gone` with ids. */
export function listen(handlers) {
  channel?.addEventListener("message", ({ data }) => {
    if (data.active === get().active) handlers[data.kind]?.(data.value);
  });
}
