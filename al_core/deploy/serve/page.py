"""The page of the server: what it offers, and a box to try it. One file, no request to anybody else."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #6b6b6b; --accent: #0b6bcb; }
@media (prefers-color-scheme: dark) { :root { --quiet: #a3a3a3; --accent: #6db3f8; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; } .quiet { color: var(--quiet); }
textarea, input { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem;
  border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit; }
textarea { min-height: 7rem; resize: vertical; }
label { display: block; margin: .8rem 0 .2rem; }
button { font: inherit; margin: .7rem 0; padding: .45rem 1.2rem; border: 0; border-radius: 6px;
  background: #0b6bcb; color: #fff; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#answer { min-height: 7rem; }
.class { display: grid; grid-template-columns: minmax(5rem, 1fr) 3fr 4rem; gap: .8rem; align-items: center; }
.class span { overflow-wrap: anywhere; } .class span:last-child { text-align: right; }
.decided { font-weight: 600; }
progress { width: 100%; height: .8rem; accent-color: var(--accent); }
li { list-style: none; padding: .5rem 0; border-top: 1px solid var(--line); } ul { padding: 0; margin: 0; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
[hidden] { display: none; }
"""
SCRIPT = """
"use strict";
const at = name => document.getElementById(name);
function made(tag, words, kind) {
  const node = document.createElement(tag);
  node.textContent = words;
  if (kind) node.className = kind;
  return node;
}
function head() {
  const token = at("token").value.trim();
  return token ? {Authorization: "Bearer " + token} : {};
}
async function asked(path, options = {}) {
  try {
    const answer = await fetch(path, {...options, headers: {...head(), ...options.headers}});
    const found = await answer.json();
    return {status: answer.status, found};
  } catch {
    return {status: 0, found: {detail: "The server cannot be reached."}};
  }
}
async function list() {
  const {status, found} = await asked("openapi.json");
  at("ask-token").hidden = status !== 401 && !at("token").value;
  if (status !== 200) {
    const why = status === 401 ? "Give the token to see them." : found.detail;
    at("endpoints").replaceChildren(made("li", why));
    return;
  }
  const lines = [];
  for (const [path, methods] of Object.entries(found.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const line = document.createElement("li");
      line.append(made("code", method.toUpperCase() + " " + path), made("p", operation.summary));
      const body = operation.requestBody;
      if (body) line.append(made("p", body.description, "quiet"));
      line.append(made("p", "Answers " + Object.keys(operation.responses).join(", "), "quiet"));
      lines.push(line);
    }
  }
  at("endpoints").replaceChildren(...lines);
  const model = await asked("model");
  if (model.status === 200) {
    at("which").textContent = [model.found.name, model.found.version && "version " + model.found.version]
      .filter(Boolean).join(", ") || "A model without a name";
  }
}
function shown(answer) {
  const rows = Object.entries(answer.probabilities).sort((a, b) => b[1] - a[1]);
  return rows.map(([name, probability]) => {
    const row = made("div", "", name === answer.class ? "class decided" : "class");
    const bar = document.createElement("progress");
    bar.value = probability;
    bar.setAttribute("aria-label", "Probability of " + name);
    row.append(made("span", name), bar, made("span", (100 * probability).toFixed(1) + " %"));
    return row;
  });
}
async function send() {
  const options = {method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({text: at("text").value})};
  const {status, found} = await asked("predict", options);
  at("answer").replaceChildren(...(status === 200 ? shown(found.answers[0]) : [made("p", found.detail)]));
}
at("try").addEventListener("submit", event => { event.preventDefault(); send(); });
at("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
});
at("token").addEventListener("change", list);
at("ask-token").addEventListener("submit", event => { event.preventDefault(); list(); });
list();
"""
HTML = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Text classifier</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Text classifier</h1>
<p id="which" class="quiet">&nbsp;</p>
<form id="ask-token" hidden>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off">
</form>
<form id="try">
<label for="text">Text to classify</label>
<textarea id="text" required>A film that I will see again.</textarea>
<button>Classify</button>
</form>
<div id="answer" aria-live="polite"></div>
<h2>Addresses</h2>
<ul id="endpoints"></ul>
<p class="quiet">The whole description: <code>/openapi.json</code></p>
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _source(words: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; script-src {_source(SCRIPT)}; "
    f"style-src {_source(STYLE)}; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Nothing but this script, this style and this server."""
