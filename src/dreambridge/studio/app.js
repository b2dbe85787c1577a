// The studio: one screen, three places. It uses the gateway's public API and nothing else.
import { html, render, useEffect, useState } from "./preact.js";
import { AccountsPage } from "./accounts-page.js";
import { Bar } from "./bar.js";
import { Bulk } from "./bulk.js";
import { Canvas } from "./canvas.js";
import { Composer } from "./composer.js";
import { eraseAlways } from "./erasing.js";
import { followJobs } from "./follow.js";
import { forecastAlways, loadBalance } from "./forecast.js";
import { loadJobs } from "./jobs.js";
import { Inspector } from "./inspector.js";
import { findItem } from "./items.js";
import { JobsPage } from "./jobs-page.js";
import { KeysDialog, listenToKeys } from "./keys.js";
import { remember } from "./kept.js";
import { keepAwaited } from "./patience.js";
import { addFiles, addItem, fitAlways } from "./references.js";
import { enter, followActive } from "./sessions.js";
import { get, set, subscribe, useStore } from "./state.js";
import { Viewer } from "./viewer.js";
import { Welcome } from "./welcome.js";
import { t, useWords } from "./words.js";
import { onRecovery } from "./api.js";

/** Pictures may be dropped or pasted anywhere. */
function useDrops() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const carries = (event) => [...event.dataTransfer.types].some((type) => type === "Files" || type === "text/x-item");
    const onOver = (event) => {
      if (!carries(event) || !get().active) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event) => event.relatedTarget === null && setOver(false);
    const onDrop = (event) => {
      setOver(false);
      if (!carries(event) || !get().active) return;
      event.preventDefault();
      const slot = event.target.closest?.("[data-slot]")?.dataset.slot;
      const item = findItem(get(), event.dataTransfer.getData("text/x-item"));
      if (item?.artifact) addItem(item, slot);
      else addFiles([...event.dataTransfer.files], slot);
    };
    const onPaste = (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length || !get().active) return;
      event.preventDefault();
      addFiles(files);
    };
    const handlers = { dragover: onOver, dragleave: onLeave, drop: onDrop, paste: onPaste };
    for (const [name, handler] of Object.entries(handlers)) document.addEventListener(name, handler);
    return () => Object.entries(handlers).forEach(([name, handler]) => document.removeEventListener(name, handler));
  }, []);
  return over;
}

function Notices() {
  const { notice, announcement, online } = useStore((now) => ({
    notice: now.notice, announcement: now.announcement, online: now.online, language: now.language,
  }));
  return html`
    ${!online && html`<p class="lost-bar" role="status">${t("lost")}</p>`}
    <div class="sr" role="status" aria-live="polite">${announcement}</div>
    ${notice &&
    html`<div class="notice">
      <span>${notice.text}</span>
      ${notice.action && html`<button type="button" class="link" onClick=${notice.run}>${notice.action}</button>`}
    </div>`}
  `;
}

function Make() {
  const { active, inspecting } = useStore((now) => ({ active: now.active, inspecting: now.inspecting }));
  if (!active) return html`<${Welcome} />`;
  return html`
    <div class="work ${inspecting ? "inspected" : ""}">
      <${Canvas} />
      <${Inspector} />
    </div>
    <${Bulk} />
    <${Composer} />
  `;
}

function App() {
  useWords();
  const view = useStore((now) => now.view);
  const over = useDrops();
  const pages = { make: Make, jobs: JobsPage, accounts: AccountsPage };
  return html`
    <${Bar} />
    <${pages[view]} />
    <${Notices} />
    <${Viewer} />
    <${KeysDialog} />
    ${over && html`<div class="drop" aria-hidden="true"><p>${t("dropHere")}</p></div>`}
  `;
}

/** The page's own look follows the state. */
function dress({ language, theme }) {
  const root = document.documentElement;
  root.lang = language;
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

remember();
dress(get());
subscribe(dress);
followJobs();
forecastAlways();
fitAlways();
keepAwaited();
eraseAlways();
followActive();
listenToKeys();
render(html`<${App} />`, document.getElementById("studio"));
enter();
onRecovery(enter);
setInterval(() => set({ minute: Math.floor(Date.now() / 60_000) }), 60_000);
// What the API said of jobs is wanted in the new language too.
let spoken = get().language;
subscribe(({ language, active }) => {
  if (language === spoken) return;
  spoken = language;
  if (active) loadJobs();
});
// What a job cost shows in the balance when it ends.
let told;
subscribe(({ ended }) => {
  if (ended === told) return;
  told = ended;
  loadBalance();
});
