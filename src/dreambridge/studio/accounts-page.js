// Sessions of this browser and, where there are any, accounts of the server: credit, health, and why one rests.
import { html, useEffect, useState } from "./preact.js";
import { call } from "./api.js";
import { explain } from "./failures.js";
import { loadBalance } from "./forecast.js";
import { Health, ServerAccounts } from "./server-accounts.js";
import { addCredential, mask, removeCredential, useCredential } from "./sessions.js";
import { notify, useStore } from "./state.js";
import { PasteField, useSandbox } from "./welcome.js";
import { number, t, useWords } from "./words.js";

/** What the site says of each session behind a credential: signed in or not, and its credit. */
async function inquire(value) {
  const [standings, balances, records] = await Promise.all([
    call("token", { method: "POST", as: value }),
    call("token/points", { method: "POST", as: value }).catch((error) => [{ error: error.message }]),
    call("v1/accounts", { as: value }).catch(() => ({ data: [] })),
  ]);
  return standings.map((each, index) => ({
    ...each,
    ...balances[index],
    error: each.error ?? balances[index]?.error,
    record: records.data.find((record) => record.id === each.name),
  }));
}

function Points({ points }) {
  const parts = [["gift", points.giftCredit], ["purchased", points.purchaseCredit], ["vip", points.vipCredit]];
  const title = parts.map(([name, value]) => `${t(name)} ${number(value)}`).join(" · ");
  return html`<span title=${title}>${t("credits", { c: number(points.totalCredit), n: points.totalCredit })}</span>`;
}

function Standing({ each }) {
  const state = each.live === undefined ? each.error : t(each.live ? "alive" : "notAlive");
  return html`
    <p class="standing">
      <span class="state ${each.live ? "completed" : "failed"}">${state}</span>
      ${each.site && html` · ${each.site}`} ${each.points && html` · <${Points} points=${each.points} />`}
      ${each.error && each.live !== undefined && html`<span class="fine block">${each.error}</span>`}
      ${each.record && each.record.health !== "ready" && html`<${Health} account=${each.record} />`}
    </p>
  `;
}

function Session({ credential, active }) {
  const [told, setTold] = useState(null);
  const [error, setError] = useState(null);
  const look = () => inquire(credential.value).then(setTold, setError);
  useEffect(() => {
    look();
  }, [credential.id]);
  const claim = async () => {
    try {
      const [entry] = await call("token/receive", { method: "POST", as: credential.value });
      notify(entry.received ? t("claimed") : (entry.error ?? t("claimed")));
      await look();
      if (active) await loadBalance();
    } catch (refusal) {
      notify(refusal.message || t("lost"));
    }
  };
  const name = credential.label || (credential.value.startsWith("sandbox") ? t("sandbox") : mask(credential.value));
  return html`
    <li class="account ${active ? "active" : ""}">
      <div class="account-main">
        <h3>${name} <span class="fine mono">${mask(credential.value)}</span></h3>
        ${told?.map((each) => html`<${Standing} each=${each} />`)}
        ${error && html`<p class="standing"><span class="state failed">${error.message ? explain(error).said : t("lost")}</span> <span class="fine">${explain(error).remedy}</span></p>`}
        ${!told && !error && html`<p class="fine" aria-busy="true">${t("checking")}</p>`}
      </div>
      <div class="account-acts">
        ${active ? html`<span class="mark">${t("inUse")}</span>` : html`<button type="button" onClick=${() => useCredential(credential.id)}>${t("use")}</button>`}
        <button type="button" onClick=${claim}>${t("claim")}</button>
        <button type="button" onClick=${() => removeCredential(credential.id)}>${t("removeSession")}</button>
      </div>
    </li>
  `;
}

export function AccountsPage() {
  useWords();
  const offered = useSandbox();
  const { credentials, active } = useStore((now) => ({ credentials: now.credentials, active: now.active }));
  const hasSandbox = credentials.some((each) => each.value === "sandbox");
  return html`
    <main class="page" id="canvas">
      <header class="page-head"><h1>${t("accounts")}</h1></header>
      <section>
        <h2>${t("yourSessions")}</h2>
        <p class="fine">${t("sessionsNote")}</p>
        ${!credentials.length && html`<p class="empty">${t("noAccounts")}</p>`}
        <ul class="accounts">
          ${credentials.map((each) => html`<${Session} key=${each.id} credential=${each} active=${each.id === active} />`)}
        </ul>
        <${PasteField} withLabel>
          ${offered && !hasSandbox && html`<p class="or"><button type="button" class="link" onClick=${() => addCredential("sandbox")}>${t("trySandbox")}</button></p>`}
        <//>
      </section>
      <${ServerAccounts} key=${active} />
    </main>
  `;
}
