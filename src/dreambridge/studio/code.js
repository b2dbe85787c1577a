// The exact call of a job or of the composer, as curl, Python and JavaScript. The key stays a variable.
import { html, useState } from "./preact.js";
import { BASE } from "./api.js";
import { Icon } from "./icons.js";
import { notify } from "./state.js";
import { t } from "./words.js";

const LANGUAGES = { curl: "curl", python: "Python", javascript: "JavaScript" };
/** What the official libraries have a parameter for; the rest goes into their extra body. */
const KNOWN = ["model", "prompt", "n", "size", "response_format", "output_format", "user"];

const shellQuoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function asPython(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(asPython).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, each]) => `"${name}": ${asPython(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}

function split(body) {
  const entries = Object.entries(body);
  return [entries.filter(([name]) => KNOWN.includes(name)), Object.fromEntries(entries.filter(([name]) => !KNOWN.includes(name)))];
}

function curl({ path, body }) {
  return [
    `curl ${BASE}${path} \\`,
    '  -H "Authorization: Bearer $DREAMBRIDGE_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d ${shellQuoted(JSON.stringify(body, null, 2))}`,
  ].join("\n");
}

function python({ kind, path, body }) {
  const head = ["import os", "from openai import OpenAI", "", `client = OpenAI(base_url="${BASE}v1", api_key=os.environ["DREAMBRIDGE_KEY"])`];
  if (kind === "video") {
    const call = [`video = client.post("/${path.slice(3)}", body=${asPython(body)}, cast_to=object)`, "print(video)"];
    return [...head, ...call].join("\n");
  }
  const [known, extra] = split(body);
  const lines = known.map(([name, value]) => `    ${name}=${asPython(value)},`);
  if (Object.keys(extra).length) lines.push(`    extra_body=${asPython(extra)},`);
  return [...head, "result = client.images.generate(", ...lines, ")", "for picture in result.data:", "    print(picture.url)"].join("\n");
}

function javascript({ kind, path, body }) {
  const head = [
    'import OpenAI from "openai";',
    "",
    `const client = new OpenAI({ baseURL: "${BASE}v1", apiKey: process.env.DREAMBRIDGE_KEY });`,
  ];
  const text = JSON.stringify(body, null, 2);
  if (kind === "video") return [...head, `const video = await client.post("/${path.slice(3)}", { body: ${text} });`, "console.log(video);"].join("\n");
  return [...head, `const result = await client.images.generate(${text});`, "for (const picture of result.data) console.log(picture.url);"].join("\n");
}

const WRITERS = { curl, python, javascript };

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages of plain HTTP beyond loopback have no clipboard of their own.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  notify(t("copied"), null, null, 2000);
}

export function Code({ order }) {
  const [language, setLanguage] = useState("curl");
  const text = WRITERS[language](order);
  return html`
    <section class="code" aria-label=${t("code")}>
      <header>
        <h3>${t("code")}</h3>
        <div class="tabs" role="group" aria-label=${t("code")}>
          ${Object.entries(LANGUAGES).map(
            ([name, title]) => html`<button type="button" key=${name} aria-pressed=${name === language} onClick=${() => setLanguage(name)}>${title}</button>`,
          )}
        </div>
        <button type="button" class="quiet icon-only" aria-label=${t("copy")} title=${t("copy")} onClick=${() => copy(text)}><${Icon} name="copy" /></button>
      </header>
      <pre tabindex="0">${text}</pre>
      <p class="fine">${t("keyNote")}</p>
    </section>
  `;
}
