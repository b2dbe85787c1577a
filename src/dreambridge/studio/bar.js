// The bar on top: places, search, and how the page looks.
import { html, useRef } from "./preact.js";
import { BASE } from "./api.js";
import { Icon } from "./icons.js";
import { Choice, Menu } from "./menus.js";
import { mask, useCredential } from "./sessions.js";
import { set, useStore } from "./state.js";
import { LANGUAGES, t, useWords } from "./words.js";

const VIEWS = { make: "gallery", jobs: "list", accounts: "person" };
const KINDS = { "": "allKinds", image: "picturesOnly", video: "videosOnly" };
const THEMES = ["auto", "light", "dark"];

function Search() {
  const { search, view } = useStore((now) => ({ search: now.search, view: now.view }));
  const timer = useRef();
  if (view !== "make") return html`<span class="space"></span>`;
  const change = (patch) => set((now) => ({ search: { ...now.search, ...patch }, focus: null }));
  const type = (event) => {
    const text = event.target.value;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change({ text }), 60);
  };
  return html`
    <search class="search" role="search">
      <label class="search-field">
        <${Icon} name="search" />
        <input id="search" type="search" value=${search.text} placeholder=${t(matchMedia("(max-width: 700px)").matches ? "search" : "searchHint")} aria-label=${t("search")} onInput=${type}
          onKeyDown=${(event) => event.key === "Escape" && (event.target.value = "", change({ text: "" }), event.target.blur())} />
      </label>
      <button type="button" class="control" aria-pressed=${search.favourites} aria-label=${t("favouritesOnly")} title=${t("favouritesOnly")}
        onClick=${() => change({ favourites: !search.favourites })}><${Icon} name="heart" filled=${search.favourites} /></button>
      <${Menu} label="${t("filter")}: ${t(KINDS[search.kind])}" title=${t("filter")} face=${t(KINDS[search.kind])} below className="kind-menu">
        ${(close) => Object.entries(KINDS).map(([kind, name]) => html`<${Choice} key=${kind} checked=${search.kind === kind} onChoose=${() => (change({ kind }), close())}>${t(name)}<//>`)}
      <//>
    </search>
  `;
}

function Preferences() {
  const { language, theme, credentials, active } = useStore((now) => ({
    language: now.language, theme: now.theme, credentials: now.credentials, active: now.active,
  }));
  return html`
    <${Menu} label=${t("settings")} face=${html`<${Icon} name="more" />`} below className="preferences">
      ${(close) => html`
        ${credentials.length > 1 &&
        html`<div role="group" aria-label=${t("account")}>
          <p class="panel-title" aria-hidden="true">${t("account")}</p>
          ${credentials.map((each) => html`<${Choice} key=${each.id} checked=${each.id === active} onChoose=${() => (useCredential(each.id), close())}>${each.label || mask(each.value)}<//>`)}
        </div>`}
        <div role="group" aria-label=${t("language")}>
          <p class="panel-title" aria-hidden="true">${t("language")}</p>
          ${Object.entries(LANGUAGES).map(([name, title]) => html`<${Choice} key=${name} checked=${name === language} onChoose=${() => (set({ language: name }), close())}>${title}<//>`)}
        </div>
        <div role="group" aria-label=${t("theme")}>
          <p class="panel-title" aria-hidden="true">${t("theme")}</p>
          ${THEMES.map((name) => html`<${Choice} key=${name} checked=${name === theme} onChoose=${() => (set({ theme: name }), close())}>${t(`theme_${name}`)}<//>`)}
        </div>
        <div role="group" aria-label=${t("more")}>
          <button type="button" class="choice" role="menuitem" tabindex="-1" onClick=${() => (close(), set({ dialog: "keys" }))}>${t("keys")}</button>
          <a class="choice" role="menuitem" tabindex="-1" href="${BASE}docs">${t("docs")}</a>
        </div>
      `}
    <//>
  `;
}

export function Bar() {
  useWords();
  const view = useStore((now) => now.view);
  const running = useStore((now) => now.progress.size);
  const active = useStore((now) => now.active);
  return html`
    <header class="bar">
      <a class="skip" href="#" onClick=${(event) => (event.preventDefault(), document.getElementById("prompt")?.focus())}>${t("skip")}</a>
      <nav aria-label="Dreambridge">
        ${Object.entries(VIEWS).map(
          ([name, icon]) => html`
            <button type="button" key=${name} aria-current=${name === view ? "page" : undefined} onClick=${() => set({ view: name, inspecting: false })} title=${t(name)} aria-label=${name === "jobs" && running > 0 ? `${t(name)} ${running}` : t(name)}>
              <${Icon} name=${icon} /><span>${t(name)}</span>${name === "jobs" && running > 0 && html`<span class="count">${running}</span>`}
            </button>
          `,
        )}
      </nav>
      ${active ? html`<${Search} />` : html`<span class="space"></span>`}
      <${Preferences} />
    </header>
  `;
}
