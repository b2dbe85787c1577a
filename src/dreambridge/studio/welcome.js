// The first visit: one sentence, a field to paste a session into, or the sandbox, and three prompts to begin with.
import { html, useEffect, useRef, useState } from "./preact.js";
import { BASE, call, callJob } from "./api.js";
import { explain } from "./failures.js";
import { change } from "./kept.js";
import { stillOf } from "./items.js";
import { addCredential, readPasted } from "./sessions.js";
import { get, useStore } from "./state.js";
import { t, useWords } from "./words.js";

/** An account of the sandbox of its own, so that the pictures are in nobody's gallery; nothing real is ever spent. */
const SHOWN_BY = "sandbox-examples.plain";
const EXAMPLES = [
  { ratio: "3:4", en: "A heron in morning mist, ink on rice paper", zh: "晨雾中的白鹭，宣纸水墨" },
  { ratio: "3:4", en: "A small harbour seen from above, paper cut, two colours", zh: "俯瞰小港，剪纸，双色" },
  { ratio: "3:4", en: "An old tram in the rain at night, photographed on film", zh: "雨夜里的旧电车，胶片摄影" },
];

/** Have the sandbox draw an example; the same key gives the same picture to every visit. */
async function draw(example) {
  const body = { prompt: example.en, n: 1, ratio: example.ratio };
  const headers = { "Idempotency-Key": `studio-example-${example.en.length}-${example.ratio}` };
  let job = await callJob("v1/images/generations", { json: body, headers, as: SHOWN_BY });
  while (job.state !== "completed") {
    if (["failed", "cancelled"].includes(job.state)) return null;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    job = await call(`v1/jobs/${job.id}`, { as: SHOWN_BY });
  }
  return stillOf(job.artifacts[0], BASE);
}

function Example({ example, onTake, pictures }) {
  const root = useRef();
  const [picture, setPicture] = useState(null);
  useEffect(() => {
    if (!pictures) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      draw(example).then(setPicture, () => {});
    });
    observer.observe(root.current);
    return () => observer.disconnect();
  }, [pictures]);
  const prompt = example[get().language] ?? example.en;
  return html`
    <button type="button" class="example" ref=${root} onClick=${() => onTake(prompt, example.ratio)}>
      ${pictures && html`<span class="example-picture">
        ${picture && html`<img class="fading" src=${picture} alt="" onLoad=${(event) => event.currentTarget.classList.add("there")} />`}
      </span>`}
      <span>${prompt}</span>
    </button>
  `;
}

export function PasteField({ onDone, children, withLabel }) {
  const [text, setText] = useState("");
  const [label, setLabel] = useState("");
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const value = readPasted(text);
    if (!value) {
      setError({ message: t("noSession") });
      return;
    }
    setBusy(true);
    try {
      await addCredential(value, label);
      setText("");
      setLabel("");
      onDone?.();
    } catch (refusal) {
      setError(refusal.message ? refusal : { message: t("lost") });
    }
    setBusy(false);
  };
  return html`
    <form class="paste" onSubmit=${submit}>
      <div class="paste-line">
        <input type="password" value=${text} aria-label=${t("pasteLabel")} placeholder=${t("pasteHint")} autocomplete="off" spellcheck=${false}
          aria-invalid=${error ? true : undefined} aria-describedby="paste-error" onInput=${(event) => (setText(event.target.value), setError(null))} />
        ${withLabel && html`<input value=${label} aria-label=${t("labelHint")} placeholder=${t("labelHint")} onInput=${(event) => setLabel(event.target.value)} />`}
        <button type="submit" class="primary" disabled=${busy || !text.trim()}>${withLabel ? t("add") : t("start")}</button>
      </div>
      <p id="paste-error" class=${error ? "field-error" : "fine"} role=${error ? "alert" : undefined}>
        ${error ? html`${explain(error).said} <span class="fine">${explain(error).remedy}</span>` : t("whereKept")}
      </p>
      ${children}
    </form>
  `;
}

/** Whether this server offers the sandbox: null until it is known. */
export function useSandbox() {
  const [offered, setOffered] = useState(null);
  useEffect(() => {
    call("v1/models", { as: SHOWN_BY }).then(() => setOffered(true), (error) => setOffered(!error.status && null));
  }, []);
  return offered;
}

export function Welcome() {
  useWords();
  const offered = useSandbox();
  const theme = useStore((now) => now.language);
  const begin = async (prompt, ratio) => {
    change({ prompt, ...(ratio ? { ratio } : {}) });
    if (offered) await addCredential("sandbox");
    document.getElementById("prompt")?.focus();
  };
  return html`
    <main class="welcome" id="canvas" data-language=${theme}>
      <h1>Dreambridge</h1>
      <p class="lead">${t("welcome")}</p>
      <${PasteField}>
        ${offered && html`<p class="or">
          <button type="button" class="link" onClick=${() => addCredential("sandbox")}>${t("trySandbox")}</button>
          <span class="fine">${t("sandboxNote")}</span>
        </p>`}
      <//>
      <h2 class="examples-title">${t("examples")}</h2>
      <div class="examples">
        ${EXAMPLES.map((each) => html`<${Example} key=${each.en} example=${each} onTake=${begin} pictures=${Boolean(offered)} />`)}
      </div>
    </main>
  `;
}
