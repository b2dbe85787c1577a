// Accounts that the server keeps, for whoever has its admin key. The key stays in this tab; no answer holds a session.
import { html, useEffect, useState } from "./preact.js";
import { call } from "./api.js";
import { explain } from "./failures.js";
import { notify } from "./state.js";
import { exactTime, number, t } from "./words.js";

const KEPT = "dreambridge.admin";

/** Why an account rests, and until when. */
export function Health({ account }) {
  const health = account.paused ? "paused" : account.health;
  return html`
    <span class="block">
      <span class="state ${health === "ready" ? "completed" : "failed"}">${t(`health_${health}`)}</span>
      ${account.cooling_until && html` · ${t("until", { time: exactTime(account.cooling_until) })}`}
      ${account.reason && html` · ${account.reason}`}
    </span>
  `;
}

function Account({ account, admin, onChange }) {
  const [refused, setRefused] = useState(null);
  const [busy, setBusy] = useState(false);
  const place = `v1/accounts/${account.id}`;
  const ask = async (path, options, force) => {
    setBusy(true);
    setRefused(null);
    try {
      await call(path, { ...options, as: admin });
      await onChange();
    } catch (error) {
      setRefused({ ...error, message: error.message || t("lost"), force });
    }
    setBusy(false);
  };
  const credit = account.credit?.total;
  return html`
    <li class="account" aria-busy=${busy}>
      <div class="account-main">
        <h3>${account.name ?? account.fingerprint ?? account.id} <span class="fine">${account.site}</span></h3>
        <p class="standing">
          <${Health} account=${account} />
          ${credit !== undefined && t("credits", { c: number(credit), n: credit })}
          ${account.in_flight > 0 && html` · ${t("inFlight", { n: account.in_flight })}`}
          ${account.notices?.map((each) => html`<span class="fine block">${each.message}</span>`)}
        </p>
        ${refused && html`<p class="field-error" role="alert">${explain(refused).said} <span class="fine">${explain(refused).remedy}</span></p>`}
      </div>
      <div class="account-acts">
        <button type="button" disabled=${busy} onClick=${() => ask(`${place}/check`, { method: "POST" })}>${t("checkAccount")}</button>
        <button type="button" disabled=${busy} onClick=${() => ask(place, { method: "PATCH", json: { paused: !account.paused } })}>
          ${t(account.paused ? "resumeAccount" : "pauseAccount")}
        </button>
        ${refused?.force
          ? html`<button type="button" disabled=${busy} onClick=${() => ask(`${place}?force=true`, { method: "DELETE" })}>${t("removeAnyway")}</button>`
          : html`<button type="button" disabled=${busy} onClick=${() => ask(place, { method: "DELETE" }, true)}>${t("removeSession")}</button>`}
      </div>
    </li>
  `;
}

/** One line of fields and a button; what is wrong stands under it. */
function Line({ fields, button, onSend, note }) {
  const [values, setValues] = useState({});
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      await onSend(values);
      setValues({});
    } catch (refusal) {
      setError({ ...refusal, message: refusal.message || t("lost") });
    }
  };
  const type = (name) => (event) => {
    setValues({ ...values, [name]: event.target.value });
    setError(null);
  };
  return html`
    <form class="paste" onSubmit=${submit}>
      <div class="paste-line">
        ${fields.map(
          ({ name, label, secret }) => html`
            <input key=${name} type=${secret ? "password" : "text"} value=${values[name] ?? ""} aria-label=${label} placeholder=${label} autocomplete="off"
              aria-invalid=${(error && (error.param ?? fields[0].name) === name) || undefined} onInput=${type(name)} />
          `,
        )}
        <button type="submit" disabled=${!values[fields[0].name]?.trim()}>${button}</button>
      </div>
      ${error ? html`<p class="field-error" role="alert">${explain(error).said} <span class="fine">${explain(error).remedy}</span></p>` : note && html`<p class="fine">${note}</p>`}
    </form>
  `;
}

export function ServerAccounts() {
  const [admin, setAdmin] = useState(sessionStorage.getItem(KEPT));
  const [accounts, setAccounts] = useState(null);
  const load = async (key = admin) => setAccounts((await call("v1/accounts", { as: key })).data);
  useEffect(() => {
    if (admin) load().catch(() => setAdmin(null));
  }, []);
  const enter = async ({ key }) => {
    // Anyone may list their own accounts; keys are for the admin alone.
    await call("v1/keys", { as: key.trim() });
    await load(key.trim());
    sessionStorage.setItem(KEPT, key.trim());
    setAdmin(key.trim());
  };
  const add = async ({ session, name }) => {
    const account = await call("v1/accounts", { json: { session, ...(name?.trim() ? { name: name.trim() } : {}) }, as: admin });
    notify(account.name ?? account.id);
    await load();
  };
  const fields = [{ name: "session", label: t("sessionField"), secret: true }, { name: "name", label: t("labelHint") }];
  return html`
    <section>
      <h2>${t("onServer")}</h2>
      <p class="fine">${t("serverNote")}</p>
      ${!admin && html`<${Line} fields=${[{ name: "key", label: t("adminHint"), secret: true }]} button=${t("openServer")} onSend=${enter} note=${t("adminKept")} />`}
      ${admin && accounts?.length === 0 && html`<p class="empty">${t("noAccounts")}</p>`}
      ${admin && accounts && html`<ul class="accounts">${accounts.map((each) => html`<${Account} key=${each.id} account=${each} admin=${admin} onChange=${load} />`)}</ul>`}
      ${admin && html`<${Line} fields=${fields} button=${t("addToServer")} onSend=${add} />`}
    </section>
  `;
}
