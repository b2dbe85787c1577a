// What went wrong, for people: who can fix it, whether it cost something, and the one thing to do next.
import { t } from "./words.js";

/** Codes of the API → [who can fix it, what the button does]. Whoever is not listed is the site. */
const CODES = {
  content_policy_violation: ["you", "edit"],
  cancelled: ["you", "again"],
  invalid_api_key: ["you", "sessions"],
  not_permitted: ["you", "sessions"],
  insufficient_quota: ["account", "sessions"],
  session_expired: ["account", "sessions"],
  account_barred: ["account", "sessions"],
  no_account_ready: ["account", "sessions"],
  rate_limit_exceeded: ["account", "again"],
  too_many_requests: ["account", "again"],
  queue_full: ["operator", "again"],
  internal_error: ["operator", "again"],
  server_lost: ["operator", "again"],
};

/** The API marks code as in Markdown; here it is read by people. */
const plainly = (text) => (text ?? "").replaceAll("`", "");

export function explain(error) {
  const code = error?.code ?? "";
  const [who, next] = CODES[code] ?? (error?.type === "invalid_request_error" ? ["you", "edit"] : ["site", "again"]);
  const own = t(`error_${code}`);
  const message = plainly(error?.message) || t("failed");
  const said = own === `error_${code}` ? message : own;
  const plain = code === "cancelled"; // whoever cancelled needs no explanation
  return {
    said,
    detail: said === message || plain ? "" : message,
    remedy: plain ? "" : plainly(error?.remedy),
    who: plain ? "" : t(`fix_${who}`),
    cost: t(`charged_${error?.charged ?? "unknown"}`),
    next,
    button: t(`next_${next}`),
  };
}
