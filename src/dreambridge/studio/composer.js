// The field one writes into, always at hand: Enter makes, Shift+Enter breaks a line, everything else is optional.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./preact.js";
import { Icon } from "./icons.js";
import { change, prompts } from "./kept.js";
import { Choice, Menu } from "./menus.js";
import { estimate, fitSettings } from "./models.js";
import { forgetAwaited, makeWhenThere } from "./patience.js";
import { explain } from "./failures.js";
import { CountMenu, ModelMenu, ResolutionMenu, SecondsMenu, ShapeMenu } from "./shapes.js";
import { useStore } from "./state.js";
import { Completion, References } from "./thumbnails.js";
import { number, t, useWords } from "./words.js";

/** Which control an error's `param` belongs to. */
function slotOf(param) {
  const name = (param ?? "").split(/[[.]/)[0];
  const slots = { aspect_ratio: "ratio", size: "ratio", duration: "seconds", sample_strength: "strength" };
  if (/^(image|first_frame|end_frame|video|audio|frames)/.test(name)) return "references";
  return slots[name] ?? name;
}

function FieldError({ error, id }) {
  const { said, detail, ...rest } = explain(error);
  // Where the advice is to look at `param`, the field itself stands here.
  const remedy = error.remedy?.includes("`param`") ? "" : rest.remedy;
  return html`
    <p class="field-error" id=${id} role="alert">
      ${said} ${detail} ${remedy && html`<span class="fine">${remedy}</span>`}
    </p>
  `;
}

function History() {
  return html`
    <${Menu} label=${t("history")} face=${html`<${Icon} name="clock" />`} className="history-menu">
      ${(close) => {
        const known = prompts();
        if (!known.length) return html`<p class="fine pad">${t("noHistory")}</p>`;
        return known.slice(0, 40).map(
          (prompt) => html`
            <${Choice} key=${prompt} className="prompt-choice" checked=${false}
              onChoose=${() => (change({ prompt }), close(false), document.getElementById("prompt").focus())}>${prompt}<//>
          `,
        );
      }}
    <//>
  `;
}

function Field({ name, label, hint, value, error, mode }) {
  const wrong = error && slotOf(error.param) === { negative: "negative_prompt" }[name] || (error && slotOf(error.param) === name);
  return html`
    <label class="line">
      <span>${label}</span>
      <input value=${value} placeholder=${hint} inputmode=${mode} autocomplete="off" aria-invalid=${wrong || undefined}
        onInput=${(event) => change({ [name]: event.target.value })} />
    </label>
    ${wrong && html`<${FieldError} error=${error} id="error-${name}" />`}
  `;
}

function More({ settings, fit, error, hasReferences }) {
  const slot = slotOf(error?.param);
  const wrong = ["seed", "negative_prompt", "strength"].includes(slot);
  const used = settings.seed || settings.negative || settings.strength;
  return html`
    <${Menu} label=${t("more")} role="dialog" className="more-menu" invalid=${wrong}
      face=${html`<${Icon} name="sliders" />${used && html`<span class="dot" />`}`}>
      ${() => html`
        <div class="form">
          <${Field} name="seed" label=${t("seed")} hint=${t("seedHint")} value=${settings.seed} error=${error} mode="numeric" />
          ${fit.kind === "image" &&
          html`<${Field} name="negative" label=${t("negative")} hint=${t("negativeHint")} value=${settings.negative} error=${error} />`}
          ${fit.kind === "image" && hasReferences &&
          html`<${Field} name="strength" label=${t("strength")} hint=${t("strengthHint")} value=${settings.strength} error=${error} mode="decimal" />`}
        </div>
      `}
    <//>
  `;
}

function Forecast({ fit }) {
  const { forecast, balance } = useStore((now) => ({ forecast: now.forecast, balance: now.balance }));
  const cost = forecast?.cost ?? estimate(fit.can, fit);
  const short = cost !== null && balance !== null && cost > balance;
  let text = balance === null ? "" : t("balanceOnly", { b: number(balance) });
  if (cost !== null) {
    const said = number(cost);
    text = balance === null ? t("credits", { c: said, n: cost }) : t("ofBalance", { c: said, b: t("balanceOnly", { b: number(balance) }) });
  }
  const obstacle = forecast?.obstacle;
  const why = obstacle ? `${explain(obstacle).said} ${obstacle.remedy ?? ""}` : undefined;
  return html`<span class="forecast ${short || obstacle ? "short" : ""}" title=${why}>${text}</span>`;
}

/** Go back to earlier prompts with the arrow keys, from the first line of the field. */
function useRecall(settings) {
  const place = useRef(-1);
  return (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const field = event.target;
    if (!step || event.shiftKey || field.selectionStart !== field.selectionEnd) return;
    const recalling = place.current >= 0 && prompts()[place.current] === settings.prompt;
    if (step > 0 ? !(settings.prompt === "" || recalling) : !recalling) return;
    if (!recalling) place.current = -1;
    event.preventDefault();
    place.current = Math.max(-1, Math.min(prompts().length - 1, place.current + step));
    change({ prompt: prompts()[place.current] ?? "" });
  };
}

function Prompt({ settings, fit, error, references }) {
  const field = useRef();
  const [caret, setCaret] = useState(null);
  const recall = useRecall(settings);
  const completion = useRef(null);
  useLayoutEffect(() => {
    field.current.style.height = "auto";
    field.current.style.height = `${field.current.scrollHeight + 2}px`;
  }, [settings.prompt]);
  useEffect(() => {
    if (matchMedia("(min-width: 700px)").matches) field.current.focus({ preventScroll: true });
  }, []);
  const track = (event) => setCaret(event.target.selectionStart);
  const onKeyDown = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (completion.current?.(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      event.target.form.requestSubmit();
    } else if (event.key === "Escape" && forgetAwaited()) event.preventDefault();
    else recall(event);
  };
  const wrong = error && slotOf(error.param) === "prompt";
  return html`
    <div class="prompt">
      <${Completion} field=${field} caret=${caret} text=${settings.prompt} references=${references} keys=${completion} />
      <textarea id="prompt" ref=${field} rows="1" value=${settings.prompt} aria-label=${t("promptLabel")} autocomplete="off"
        placeholder=${t(fit.kind === "video" ? "promptHintVideo" : "promptHint")} aria-invalid=${wrong || undefined}
        aria-describedby=${error ? "composer-error" : undefined} enterkeyhint="send"
        onInput=${(event) => (change({ prompt: event.target.value }), track(event))} onKeyUp=${track} onClick=${track}
        onKeyDown=${onKeyDown}></textarea>
    </div>
  `;
}

function Awaited() {
  return html`
    <p class="awaited fine">
      ${t("orderWaits")}${" "}
      <button type="button" class="link" title="Esc" onClick=${() => (forgetAwaited(), document.getElementById("prompt").focus())}>${t("takeBack")}</button>
    </p>
  `;
}

export function Composer() {
  useWords();
  const { models, settings, references, error, awaited } = useStore((now) => ({
    models: now.models, settings: now.settings, references: now.references, error: now.fieldError, awaited: now.awaited,
  }));
  const fit = fitSettings(models, settings);
  const slot = slotOf(error?.param);
  const said = settings.prompt.trim() || (fit.kind !== "image" && references.length);
  const submit = (event) => {
    event.preventDefault();
    if (said) makeWhenThere();
  };
  return html`
    <form class="composer" onSubmit=${submit} aria-label=${t("make")}>
      ${error && html`<${FieldError} error=${error} id="composer-error" />`}
      <${References} references=${references} fit=${fit} invalid=${slot === "references"} />
      <${Prompt} settings=${settings} fit=${fit} error=${error} references=${references} />
      ${awaited && html`<${Awaited} />`}
      <div class="controls">
        <${ModelMenu} models=${models} fit=${fit} invalid=${slot === "model"} />
        <${ShapeMenu} fit=${fit} invalid=${slot === "ratio"} />
        <${ResolutionMenu} fit=${fit} invalid=${slot === "resolution"} />
        <${SecondsMenu} fit=${fit} invalid=${slot === "seconds"} />
        <${CountMenu} fit=${fit} invalid=${slot === "n"} />
        <${More} settings=${settings} fit=${fit} error=${error} hasReferences=${references.length > 0} />
        <${History} />
        <span class="space"></span>
        <${Forecast} fit=${fit} />
        <button type="submit" class="primary send" disabled=${!said} aria-label=${t("send")} title="${t("send")} (Enter)">
          <${Icon} name="make" />
        </button>
      </div>
    </form>
  `;
}
