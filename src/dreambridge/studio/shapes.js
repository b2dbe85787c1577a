// The menus of the composer: model, shape, resolution, count, length. Only what the model can do is in them.
import { html } from "./preact.js";
import { change } from "./kept.js";
import { estimate, fitSettings, parseRatio } from "./models.js";
import { Choice, Menu } from "./menus.js";
import { number, t } from "./words.js";

const BOX = 22;

/** A shape as a drawn rectangle. */
export function Shape({ ratio }) {
  const value = parseRatio(ratio);
  const width = value >= 1 ? BOX : BOX * value;
  const height = value >= 1 ? BOX / value : BOX;
  return html`
    <svg class="shape" viewBox="0 0 26 26" aria-hidden="true">
      <rect x=${(26 - width) / 2} y=${(26 - height) / 2} width=${width} height=${height} rx="2" />
    </svg>
  `;
}

const times = (size) => (size ?? "").replace("x", "×");

export function ShapeMenu({ fit, invalid }) {
  if (!fit.model) return null;
  return html`
    <${Menu} label="${t("shape")} ${fit.ratio}, ${times(fit.size)}" face=${html`<${Shape} ratio=${fit.ratio} />`} invalid=${invalid}>
      ${(close) => html`
        <div class="shapes">
          ${Object.entries(fit.shapes).map(
            ([ratio, size]) => html`
              <${Choice} key=${ratio} className="shape-choice" checked=${ratio === fit.ratio} label="${ratio}, ${times(size)}"
                onChoose=${() => (change({ ratio }), close())}>
                <${Shape} ratio=${ratio} /><span class="fine">${times(size)}</span>
              <//>
            `,
          )}
        </div>
      `}
    <//>
  `;
}

function price(can) {
  const prices = Object.values(can.cost?.credits ?? {}).filter((each) => each !== null);
  if (!prices.length) return "";
  const word = { picture: "perPicture", second: "perSecond" }[can.cost.per];
  return t(word ?? "credits", { c: number(Math.min(...prices)) });
}

function ModelGroup({ title, models, chosen, onChoose }) {
  if (!models.length) return null;
  return html`
    <div role="group" aria-label=${title}>
      <p class="panel-title" aria-hidden="true">${title}</p>
      ${models.map(
        ({ id, dreambridge: can }) => html`
          <${Choice} key=${id} className="model-choice" checked=${id === chosen} onChoose=${() => onChoose(id)}>
            <span>${can.title ?? id}</span>
            ${can.members_only && html`<span class="mark">${t("membersOnly")}</span>`}
            <span class="fine">${price(can)}</span>
          <//>
        `,
      )}
    </div>
  `;
}

export function ModelMenu({ models, fit, invalid }) {
  const face = html`<span class="model-name">${fit.can?.title ?? fit.model?.id ?? t("noModels")}</span>`;
  const of = (kind) => models.filter((each) => each.dreambridge.kind === kind);
  const choose = (close) => (model) => {
    change({ model });
    close();
  };
  return html`
    <${Menu} label="${t("model")}: ${fit.can?.title ?? ""}" className="model-menu" face=${face} invalid=${invalid}>
      ${(close) => html`
        <${ModelGroup} title=${t("pictures")} models=${of("image")} chosen=${fit.model?.id} onChoose=${choose(close)} />
        <${ModelGroup} title=${t("videos")} models=${of("video")} chosen=${fit.model?.id} onChoose=${choose(close)} />
      `}
    <//>
  `;
}

function ListMenu({ label, shown, values, chosen, show, onChoose, invalid }) {
  return html`
    <${Menu} label="${label}: ${shown}" title=${label} face=${shown} invalid=${invalid} className="short-menu">
      ${(close) =>
        values.map(
          (value) => html`
            <${Choice} key=${value} checked=${value === chosen} onChoose=${() => (onChoose(value), close())}>${show(value)}<//>
          `,
        )}
    <//>
  `;
}

export function ResolutionMenu({ fit, invalid }) {
  const values = Object.keys(fit.can?.sizes ?? {});
  if (values.length < 2) return null;
  return html`
    <${ListMenu} label=${t("resolution")} shown=${fit.resolution} values=${values} chosen=${fit.resolution} invalid=${invalid}
      show=${(value) => html`<span>${value}</span><span class="fine">${times(fit.can.sizes[value][fit.ratio])}</span>`}
      onChoose=${(resolution) => change({ resolution })} />
  `;
}

export function CountMenu({ fit, invalid }) {
  if (!fit.model || fit.most < 2) return null;
  const values = Array.from({ length: fit.most }, (_, index) => index + 1);
  const cost = (count) => estimate(fit.can, { ...fit, count });
  return html`
    <${ListMenu} label=${t("count")} shown="×${fit.count}" values=${values} chosen=${fit.count} invalid=${invalid}
      show=${(value) => html`<span>×${value}</span><span class="fine">${cost(value) === null ? "" : number(cost(value))}</span>`}
      onChoose=${(count) => change({ count })} />
  `;
}

export function SecondsMenu({ fit, invalid }) {
  const values = fit.can?.durations ?? [];
  if (fit.kind !== "video" || !values.length) return null;
  const show = (seconds) => t("secondsLong", { s: seconds });
  return html`
    <${ListMenu} label=${t("seconds")} shown=${show(fit.seconds)} values=${values} chosen=${fit.seconds} invalid=${invalid}
      show=${show} onChoose=${(seconds) => change({ seconds })} />
  `;
}

export const refit = (now) => fitSettings(now.models, now.settings);
