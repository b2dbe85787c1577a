// Accounts that the server keeps, for a credential that may see them; nothing is shown to others.
import { html, useEffect, useState } from "./preact.js";
import { call } from "./api.js";
import { notify } from "./state.js";
import { exactTime, number, t } from "./words.js";

function Account({ account }) {
  const health = account.health ?? account.state ?? account.status;
  const credit = account.credit?.total ?? account.credit?.totalCredit ?? account.balance ?? account.credit;
  const until = account.cooling_until;
  return html`
    <li class="account">
      <div class="account-main">
        <h3>${account.name ?? account.label ?? account.id} <span class="fine mono">${account.site}</span></h3>
        <p class="standing">
          <span class="state ${health === "ready" ? "completed" : "failed"}">${t(`health_${health}`)}</span>
          ${typeof credit === "number" && html` · ${t("credits", { c: number(credit), n: credit })}`}
          ${until && html` · ${t("until", { time: exactTime(until) })}`}
          ${account.reason && html`<span class="fine block">${account.reason}</span>`}
        </p>
      </div>
    </li>
  `;
}

export function ServerAccounts() {
  const [accounts, setAccounts] = useState(null);
  useEffect(() => {
    // A server without such accounts, or a credential that may not see them, says so; then there is nothing to show.
    call("v1/accounts").then((page) => setAccounts(page.data), (error) => error.status >= 500 && notify(error.message));
  }, []);
  if (!accounts) return null;
  return html`
    <section>
      <h2>${t("onServer")}</h2>
      <p class="fine">${t("serverNote")}</p>
      ${accounts.length === 0 && html`<p class="empty">${t("noAccounts")}</p>`}
      <ul class="accounts">${accounts.map((each) => html`<${Account} key=${each.id} account=${each} />`)}</ul>
    </section>
  `;
}
