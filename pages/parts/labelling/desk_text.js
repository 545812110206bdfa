/**
 * Texts of the data as elements of the page: never markup, and nothing in them out of sight.
 */

const EXCERPT = 400;

/** Show control characters as their pictures, so that nothing in a text is out of sight. */
function pictured(text) {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, (sign) =>
    String.fromCharCode(sign === "\x7f" ? 0x2421 : 0x2400 + sign.charCodeAt(0)),
  );
}

/** Return an excerpt with its weighty words marked. Python counts whole characters, JavaScript halves. */
function marked(text, words) {
  const letters = Array.from(pictured(text));
  const sorted = [...words].sort((a, b) => a.start - b.start);
  const heaviest = Math.max(...words.map(({ weight }) => Math.abs(weight)), 1e-9);
  const from = sorted.length && sorted[0].start > EXCERPT / 2 ? sorted[0].start - 60 : 0;
  const to = Math.min(letters.length, from + EXCERPT);
  const slice = (a, b) => letters.slice(a, b).join("");
  const parts = [from > 0 ? "…" : ""];
  let at = from;
  for (const { start, end, weight } of sorted) {
    if (start < at || end > to) continue;
    const strength = `${Math.round(12 + (28 * Math.abs(weight)) / heaviest)}%`;
    const side = weight < 0 ? "against" : "for";
    const mark = make("mark", slice(start, end), { class: side, title: `Speaks ${side} the model's guess` });
    mark.style.setProperty("--strength", strength);
    parts.push(slice(at, start), mark);
    at = end;
  }
  return [...parts, slice(at, to), to < letters.length ? "…" : ""];
}

function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
