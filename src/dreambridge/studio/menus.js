// A button that opens a list above or below it; arrows, Home, End and Esc work as in any menu.
import { html, useLayoutEffect, useRef, useState } from "./preact.js";

const CHOICES = '[role^="menuitem"]:not([disabled])';

function move(panel, event) {
  const choices = [...panel.querySelectorAll(CHOICES)];
  if (!choices.length) return;
  const now = choices.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  let next;
  if (event.key in steps) next = (now + steps[event.key] + choices.length) % choices.length;
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = choices.length - 1;
  else return;
  event.preventDefault();
  choices[next].focus();
}

/** `role` is menu for lists of choices, dialog for panels with fields. `children` gets a function that closes. */
export function Menu({ label, face, children, role = "menu", className = "", invalid, below, describedby, title }) {
  const [open, setOpen] = useState(false);
  const root = useRef();
  const close = (back = true) => {
    setOpen(false);
    if (back) root.current?.querySelector("button")?.focus();
  };
  // Before the next key: somebody quick opens it and moves on in one go.
  useLayoutEffect(() => {
    if (!open) return undefined;
    const panel = root.current.querySelector(".panel");
    (panel.querySelector('[aria-checked="true"]') ?? panel.querySelector(`${CHOICES}, input, textarea, select`) ?? panel).focus();
    const outside = (event) => {
      if (!root.current?.contains(event.target)) close(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const onKeyDown = (event) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && role === "menu") close(false);
    else if (role === "menu") move(event.currentTarget.querySelector(".panel"), event);
  };
  return html`
    <div class="menu ${className}" ref=${root} onKeyDown=${onKeyDown}>
      <button
        type="button"
        class="control"
        aria-label=${label}
        title=${title ?? label}
        aria-haspopup=${role}
        aria-expanded=${open}
        aria-invalid=${invalid || undefined}
        aria-describedby=${describedby}
        onClick=${() => setOpen(!open)}
      >
        ${face}
      </button>
      ${open && html`<div class="panel ${below ? "below" : ""}" role=${role} aria-label=${label} tabindex=${role === "menu" ? 0 : -1}>${children(close)}</div>`}
    </div>
  `;
}

export const Choice = ({ checked, onChoose, label, className = "", children }) => html`
  <button type="button" class="choice ${className}" role="menuitemradio" aria-checked=${checked} aria-label=${label} tabindex="-1" onClick=${onChoose}>
    ${children}
  </button>
`;
