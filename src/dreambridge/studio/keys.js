// Keys that work anywhere on the page, and the dialog that lists them.
import { html, useEffect, useRef } from "./preact.js";
import { Icon } from "./icons.js";
import { get, set, useStore } from "./state.js";
import { t, useWords } from "./words.js";

const KEYS = [
  ["Enter", "key_enter"], ["Shift Enter", "key_shift_enter"], ["↑ ↓", "key_up"], ["← ↑ → ↓", "key_arrows"], ["Space", "key_space"], ["Enter", "key_return"],
  ["R", "key_r"], ["E", "key_e"], ["D", "key_d"], ["F", "key_f"], ["X", "key_x"], ["Delete", "key_delete"], ["/", "key_slash"], ["C", "key_c"], ["?", "key_question"], ["Esc", "key_esc"],
];

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog, .panel");

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      if (get().view !== "make") set({ view: "make" });
      // At once where it is there: what is typed next belongs into it.
      const field = document.getElementById("search");
      if (field) field.focus();
      else requestAnimationFrame(() => document.getElementById("search")?.focus());
    } else if (event.key === "?") set({ dialog: "keys" });
    else if (event.key === "c" || event.key === "C") document.getElementById("prompt")?.focus();
    else if (event.key === "Escape") {
      const { selected, inspecting } = get();
      if (selected.size) set({ selected: new Set() });
      else if (inspecting) set({ inspecting: false });
      else return;
    } else return;
    event.preventDefault();
  });
}

export function KeysDialog() {
  useWords();
  const dialog = useRef();
  const open = useStore((now) => now.dialog === "keys");
  useEffect(() => {
    if (open) dialog.current.showModal();
  }, [open]);
  if (!open) return null;
  const close = () => set({ dialog: null });
  return html`
    <dialog class="keys" ref=${dialog} aria-labelledby="keys-title" onClose=${close} onClick=${(event) => event.target === event.currentTarget && close()}>
      <header>
        <h2 id="keys-title">${t("keysTitle")}</h2>
        <button type="button" class="quiet icon-only" aria-label=${t("close")} onClick=${close}><${Icon} name="close" /></button>
      </header>
      <dl>
        ${KEYS.map(([keys, name]) => html`<div key=${name}><dt>${keys.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${t(name)}</dd></div>`)}
      </dl>
    </dialog>
  `;
}
