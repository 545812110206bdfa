/**
 * The desk: a person answers one text after another by key.
 *
 * The next text is already here, so a key shows it at once; the answer goes to Python behind it. An answer
 * stays in the outbox, and in this tab's storage, until Python names it as saved. Python counts it once by its
 * uuid, so the whole outbox may be sent as often as it takes.
 */

const RETRY = 2_000; // ms to the next try when Python said why it could not save
const PATIENCE = 16_000; // ms at most without a word: more tries would only cut off a server that is slow
const LATE = 5_000; // ms after which an answer that is not saved is called so
const SHY = 30_000; // ms for which a text just saved is not shown again, whatever a slow rerun lists
const SETTLE = 300; // ms without keys when a text is replaced under the person's hands
const FLASH = 150;
const TEXTS = 200; // texts kept here, for undo and change
const EXCERPT = 400;
const TIMINGS = 1_000;

const memories = new Map(); // survive a remount: Streamlit may draw the same desk elsewhere on the page
let desk = null; // the keyboard belongs to one desk

/** Draw the desk, or give the one that is drawn its new data. Streamlit calls this for each new data. */
export default function draw({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".desk");
  if (desk?.root !== root || desk.place !== placeOf(data)) {
    desk?.close();
    desk = new Desk(root, data);
  }
  const mine = desk;
  const turn = ++mine.turn;
  mine.take(data, setStateValue);
  // Streamlit also calls the cleanup of a drawing that a newer one has overtaken: only the last may close.
  return () => turn === mine.turn && mine.close();
}

/** Events that are not known to be saved, in order. */
class Outbox {
  constructor(place) {
    this.place = place;
    this.events = recall(place);
    this.attempt = Date.now(); // grows over reloads too: Streamlit drops a value that it has seen
    this.flying = null;
    this.wait = RETRY;
    this.error = "";
    this.since = performance.now();
    this.born = new Map();
  }

  add(event) {
    if (!this.events.length) this.since = performance.now();
    this.events.push(event);
    this.born.set(event.uuid, performance.now());
    this.keep();
  }

  /** Send everything. While a sending is under way nothing more is sent: it would cut its rerun off. */
  send(again = false) {
    if (!this.events.length || (this.flying && !again)) return;
    this.flying = new Set(this.events.map((event) => event.uuid));
    this.post("outbox", { events: this.events, attempt: ++this.attempt });
    this.later(this.error ? RETRY : this.wait);
    this.wait = Math.min(this.wait * 2, PATIENCE);
  }

  /** Let go of what is saved, and say which events those were. */
  settle(saved, error) {
    const gone = this.events.filter((event) => event.uuid in saved);
    this.events = this.events.filter((event) => !(event.uuid in saved));
    this.error = this.events.length ? error : "";
    if (gone.length) {
      this.since = performance.now();
      this.keep();
    }
    for (const { uuid } of gone) {
      if (this.born.has(uuid)) note("roundtrips", performance.now() - this.born.get(uuid));
      this.born.delete(uuid);
    }
    if (this.error) {
      this.wait = RETRY;
      this.later(RETRY);
    } else if (this.flying && !this.events.some((event) => this.flying.has(event.uuid))) {
      this.flying = null;
      this.wait = RETRY;
      clearTimeout(this.timer);
      this.send();
    }
    return gone;
  }

  later(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(true), delay);
  }

  keep() {
    try {
      if (this.events.length) sessionStorage.setItem(this.place, JSON.stringify(this.events));
      else sessionStorage.removeItem(this.place);
    } catch {
      // A full or forbidden storage: the outbox still lives in this page.
    }
  }
}

/** What this tab knows of the person's texts and answers. */
class Memory {
  constructor(place) {
    this.outbox = new Outbox(place);
    this.texts = new Map();
    this.done = new Map(); // item: until when it is not to be asked again
    this.back = []; // items taken back, to be asked first
    this.past = []; // what undo goes through
    for (const event of this.outbox.events) this.remember(event); // after a reload
  }

  /** Keep a text; a whole one is not replaced by an excerpt. */
  learn(entry) {
    const known = this.texts.get(entry.item);
    if (known && known.text.length >= entry.text.length) return { ...known, guess: entry.guess ?? null };
    this.texts.set(entry.item, entry);
    if (this.texts.size > TEXTS) this.texts.delete(this.texts.keys().next().value);
    return entry;
  }

  /** Note an event; `before` is the answer that it corrects. Return what an undo took back. */
  remember({ kind, item, label }, before = null) {
    if (kind === "undo") return this.takeBack();
    this.past.push({ kind, item, label, before });
    if (kind === "flag") return null;
    this.done.set(item, Infinity);
    this.back = this.back.filter((other) => other !== item);
    return null;
  }

  takeBack() {
    const last = this.past.pop() ?? null;
    if (!last || last.kind === "flag" || last.before) return last; // the answer before it stands again
    this.done.delete(last.item);
    this.back = [last.item, ...this.back.filter((other) => other !== last.item)];
    return last;
  }

  open(item) {
    return !(this.done.get(item) > performance.now());
  }
}

/** Counts only the time in which the text can be seen. */
class Clock {
  start() {
    this.sum = 0;
    this.from = document.hidden ? null : performance.now();
  }

  turn() {
    if (document.hidden) {
      this.sum = this.read();
      this.from = null;
    } else this.from ??= performance.now();
  }

  read() {
    return Math.round(this.sum + (this.from === null ? 0 : performance.now() - this.from));
  }
}

class Desk {
  constructor(root, data) {
    this.root = root;
    this.place = placeOf(data);
    this.turn = 0;
    this.shown = 0;
    this.ready = false;
    this.current = null;
    this.noting = null; // the item that a note is being written on
    this.flagged = null;
    this.detour = null; // an earlier text that the person has called back: {item, label}
    this.clock = new Clock();
    this.clock.start();
    if (!memories.has(this.place)) memories.set(this.place, new Memory(this.place));
    this.memory = memories.get(this.place);
    this.outbox = this.memory.outbox;
    this.listen();
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    const on = (name, act) => this.$(name).addEventListener("click", act, { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("visibilitychange", () => this.turnAway(), { signal });
    on(".skip", (event) => this.answer("skip", null, event.timeStamp));
    on(".flag", () => this.openNote());
    on(".undo", (event) => this.undo(event.timeStamp));
    on(".keys", () => this.toggleHelp());
    on(".back", () => this.leave());
    on(".again", () => this.outbox.send(true));
    on(".change", () => this.call(this.data.reveal.item, this.data.reveal.said));
    this.$(".note input").addEventListener("keydown", (event) => this.noteKey(event), { signal });
    this.$(".recent").addEventListener("toggle", () => this.drawRecent(), { signal });
    this.ticker = setInterval(() => this.tick(), 1_000);
  }

  close() {
    this.stop.abort();
    clearInterval(this.ticker);
    clearTimeout(this.outbox.timer);
    if (desk === this) desk = null;
  }

  /** A page out of sight paints no frame, after which the outbox would leave. */
  turnAway() {
    this.clock.turn();
    this.outbox.send();
  }

  $(name) {
    return this.root.querySelector(name);
  }

  /** Take new data from Python. */
  take(data, post) {
    const first = !this.data;
    const fresh = this.data !== data;
    this.data = data;
    this.outbox.post = post;
    if (!fresh) return;
    for (const answer of data.recent) this.memory.learn({ item: answer.item, text: answer.text, guess: null });
    if (data.reveal) this.memory.learn({ item: data.reveal.item, text: data.reveal.text, guess: null });
    this.items = data.items.map((entry) => this.memory.learn(entry));
    for (const { item, kind } of this.outbox.settle(data.saved, data.error)) {
      if (kind === "undo" && item === null) this.current = null; // Python knows what was taken back
      if (this.memory.done.has(item)) this.memory.done.set(item, performance.now() + SHY);
    }
    this.drawClasses();
    this.root.classList.toggle("focus", data.focus);
    this.$(".facts").textContent = data.status.join("  ·  ");
    this.refresh();
    afterPaint(() => {
      this.drawReveal();
      this.drawRecent();
    });
    if (first) this.outbox.send(true);
  }

  /** Say what is to be on screen now, and why it is. */
  pick() {
    const { events, error } = this.outbox;
    if (error) {
      const event = events[0];
      const entry = this.known(event.item) ?? { item: event.item, text: "", guess: null };
      return { entry, why: "unsaved", label: event.label };
    }
    const called = this.detour && this.known(this.detour.item);
    if (called) return { entry: called, why: "change", label: this.detour.label };
    const back = this.memory.back.find((item) => this.known(item));
    if (back !== undefined) return { entry: this.known(back), why: "back" };
    const waiting = this.items.filter((entry) => this.memory.open(entry.item));
    const same = waiting.find((entry) => entry.item === this.current?.entry.item);
    const entry = same ?? waiting[0];
    return entry ? { entry, why: "next" } : null;
  }

  known(item) {
    return this.items.find((entry) => entry.item === item) ?? this.memory.texts.get(item);
  }

  /** A text stays while a note on it is being written. */
  holds() {
    const { current, noting, outbox } = this;
    return noting !== null && !outbox.error && current?.entry.item === noting && current.why !== "unsaved";
  }

  /** Put what is to be shown on screen; `stamp` is when the person asked for it. */
  refresh(stamp = null) {
    const before = this.current;
    if (!this.holds()) this.current = this.pick();
    const now = this.current;
    const same = before && now && ["item", "text"].every((part) => now.entry[part] === before.entry[part]);
    if (!same || now.why !== before.why) {
      const pulled = stamp === null && before && now && this.memory.open(before.entry.item);
      this.show(stamp, pulled ? SETTLE : 0);
    }
    this.drawState();
  }

  /** Draw the text; it may be answered once it has been painted. */
  show(stamp, settle) {
    const turn = ++this.shown;
    const now = this.current;
    this.ready = false;
    this.$(".card").classList.toggle("waiting", !now);
    this.$(".empty").hidden = Boolean(now);
    const body = document.createElement("div");
    body.textContent = now ? pictured(now.entry.text) : "";
    const area = this.$(".text");
    area.replaceChildren(body);
    area.scrollTop = 0;
    afterPaint(() => {
      if (turn !== this.shown || !now) return;
      if (stamp !== null) note("latencies", performance.now() - stamp);
      this.clock.start();
      if (settle) setTimeout(() => (this.ready = turn === this.shown), settle);
      else this.ready = true;
    });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (!this.root.isConnected || isEditable(event.composedPath()[0])) return;
    if (document.querySelector('[role="dialog"]')) return; // what it covers cannot be read
    const act = this.action(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  action(event) {
    const label = this.data.classes.findIndex(({ key }) => key && key === digit(event));
    if (label >= 0) return () => this.answer("label", label, event.timeStamp);
    const key = letter(event);
    if (key === "s") return () => this.answer("skip", null, event.timeStamp);
    if (event.repeat) return null;
    if (key === "z") return () => this.undo(event.timeStamp);
    if (key === "f") return () => this.openNote();
    if (key === "h" || key === "?") return () => this.toggleHelp();
    if (key === "escape" && this.detour) return () => this.leave();
    return null;
  }

  /** Take an answer on the text on screen, and show the next one before anything else is done. */
  answer(kind, label, stamp) {
    if (!this.ready || !this.current || this.outbox.error) return;
    const began = performance.now();
    this.endNote(true);
    const { entry, why, label: before } = this.current;
    this.write(kind, { item: entry.item, label }, why === "change" ? { label: before } : null);
    this.detour = null;
    this.refresh(stamp);
    this.flash(kind === "skip" ? this.$(".skip") : this.$(".classes").children[label]);
    note("work", performance.now() - began);
  }

  undo(stamp) {
    if (this.outbox.error) return;
    this.endNote(false);
    const last = this.write("undo", { item: this.memory.past.at(-1)?.item ?? null });
    this.detour = last?.before ? { item: last.item, label: last.before.label } : null;
    if (last?.kind === "flag") this.flagged = null;
    this.refresh(stamp);
  }

  /** Put one event in the outbox; it leaves once the screen is painted. */
  write(kind, { item = null, label = null, text = "" }, before = null) {
    const seen = kind !== "undo" && this.current;
    const event = {
      uuid: crypto.randomUUID?.() ?? uuid(),
      kind,
      item,
      label,
      note: text,
      milliseconds: seen ? this.clock.read() : 0,
      client_at: new Date().toISOString(),
      suggestion_shown: Boolean(seen && this.current.why !== "change" && this.current.entry.guess),
    };
    this.outbox.add(event);
    afterPaint(() => this.outbox.send());
    return this.memory.remember(event, before);
  }

  /** Bring an earlier text back on screen. */
  call(item, label) {
    if (this.outbox.error || !this.known(item)) return;
    this.endNote(false);
    this.detour = { item, label };
    this.refresh(performance.now());
    this.root.scrollIntoView({ block: "nearest" });
    this.$(".text").focus({ preventScroll: true });
  }

  leave() {
    this.detour = null;
    this.refresh(performance.now());
  }

  openNote() {
    if (!this.ready || this.outbox.error) return;
    this.noting ??= this.current.entry.item;
    this.drawState();
    this.$(".note input").focus();
  }

  noteKey(event) {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") this.flag();
    this.endNote(false);
    this.refresh();
  }

  flag() {
    this.flagged = this.noting;
    this.write("flag", { item: this.noting, text: this.$(".note input").value.trim() });
  }

  /** Close the note; what was typed is not lost when a class is chosen by hand meanwhile. */
  endNote(keep) {
    if (this.noting === null) return;
    const field = this.$(".note input");
    if (keep && field.value.trim()) this.flag();
    this.noting = null;
    field.value = "";
    field.blur();
  }

  toggleHelp() {
    const help = this.$(".help");
    help.hidden = !help.hidden;
    this.$(".keys").setAttribute("aria-expanded", String(!help.hidden));
  }

  flash(button) {
    button.classList.add("chosen");
    setTimeout(() => this.drawChoice(), FLASH);
  }

  /** Once a second: a text that may be shown again, and how long answers have waited. */
  tick() {
    if (!this.root.isConnected) this.close();
    else if (!this.current) this.refresh();
    else this.drawSaved();
  }

  drawState() {
    const { current, data } = this;
    const { error, events } = this.outbox;
    this.$(".empty").textContent = this.items.length ? "…" : data.message || "…";
    this.$(".banner").hidden = !error;
    this.$(".why").textContent = error;
    this.$(".count").textContent = `${events.length} ${events.length === 1 ? "answer is" : "answers are"} not saved.`;
    this.$(".say").textContent = this.hint(current);
    const noting = this.noting !== null;
    this.$(".note").hidden = !noting;
    this.$(".say").hidden = noting;
    this.$(".back").hidden = noting || current?.why !== "change";
    for (const button of this.root.querySelectorAll(".classes button, .tools button:not(.keys)")) {
      button.setAttribute("aria-disabled", String(Boolean(error) || (!current && !button.matches(".undo"))));
    }
    this.drawChoice();
    this.drawSaved();
  }

  /** Mark the class that an answer on screen has, so that it can be seen what is being changed. */
  drawChoice() {
    const { why, label = null } = this.current ?? {};
    const marked = why === "unsaved" || why === "change" ? label : null;
    [...this.$(".classes").children].forEach((button, index) => {
      button.classList.toggle("chosen", index === marked);
      if (marked === null) button.removeAttribute("aria-pressed");
      else button.setAttribute("aria-pressed", String(index === marked));
    });
    this.$(".skip").classList.remove("chosen");
  }

  hint(current) {
    if (!current) return "";
    const { entry, why, label } = current;
    if (why === "unsaved") return "Your answer on this text. It is kept here until it is saved.";
    if (why === "change") return `Your answer: ${this.said(label)}. Choose another, or go back.`;
    const parts = [];
    if (why === "back") parts.push("Taken back");
    if (this.flagged === entry.item) parts.push("Flagged");
    if (entry.guess) parts.push(`Suggestion: ${this.guessed(entry.guess)}`);
    return parts.join("  ·  ");
  }

  said(label) {
    return label === null ? "skipped" : this.data.classes[label]?.name ?? `class ${label + 1}`;
  }

  guessed({ label, probability }) {
    return `${this.said(label)}, ${Math.round(probability * 100)} %`;
  }

  drawSaved() {
    const { events, since, error } = this.outbox;
    const late = events.length > 0 && (error !== "" || performance.now() - since > LATE);
    const times = Object.values(this.data.saved);
    const rest = times.length ? `Saved ${times.at(-1)}` : "";
    const mark = this.$(".saved");
    const words = late ? `${events.length} not saved` : events.length ? "saving…" : rest;
    if (mark.textContent !== words) mark.textContent = words;
    mark.classList.toggle("late", late);
  }

  drawClasses() {
    const drawn = JSON.stringify(this.data.classes);
    if (drawn === this.classes) return;
    this.classes = drawn;
    const buttons = this.data.classes.map(({ name, color, key }, label) => {
      const button = make("button", "", { type: "button", "aria-label": key ? `${name} (${key})` : name, title: name });
      button.style.setProperty("--class", color);
      if (key) button.append(make("kbd", key));
      button.append(make("span", "", { class: "swatch" }), make("span", pictured(name), { class: "name" }));
      button.addEventListener("click", (event) => this.answer("label", label, event.timeStamp));
      return button;
    });
    this.$(".classes").replaceChildren(...buttons);
  }

  drawReveal() {
    const { reveal } = this.data;
    const drawn = JSON.stringify(reveal);
    if (drawn === this.revealed) return;
    this.revealed = drawn;
    this.$(".reveal").hidden = !reveal;
    if (!reveal) return;
    const guess = reveal.guess ? `  ·  Model: ${this.guessed(reveal.guess)}` : "";
    this.$(".verdict p").textContent = `You: ${this.said(reveal.said)}${guess}`;
    this.$(".reason").textContent = reveal.why;
    this.$(".legend").hidden = !reveal.words.length;
    this.$(".excerpt").replaceChildren(...marked(reveal.text, reveal.words));
    this.$(".excerpt").scrollTop = 0;
  }

  drawRecent() {
    const box = this.$(".recent");
    box.hidden = !this.data.recent.length;
    const drawn = JSON.stringify(this.data.recent);
    if (!box.open || drawn === this.listed) return;
    this.listed = drawn;
    const rows = this.data.recent.map(({ item, text, label }) => {
      const said = this.said(label);
      const row = make("li");
      const button = make("button", "Change", { type: "button", "aria-label": `Change: ${said}` });
      button.addEventListener("click", () => this.call(item, label));
      const about = make("span", pictured(text.slice(0, 200)), { class: "about", dir: "auto" });
      row.append(make("span", said, { class: "said" }), about, button);
      return row;
    });
    box.querySelector("ol").replaceChildren(...rows);
  }
}

function placeOf({ session, annotator }) {
  return `desk/${session}/${annotator}`;
}

function recall(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place)) ?? [];
  } catch {
    return [];
  }
}

/** Run once the frame that holds the present changes has been painted. */
function afterPaint(act) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = act;
    port2.postMessage(null);
  });
}

function isEditable(target) {
  return target instanceof Element && (target.matches("input, textarea, select") || target.isContentEditable);
}

/** Return the digit of a key, also where a keyboard has digits on shift. */
function digit({ key, code, shiftKey }) {
  return /^[1-9]$/.test(key) ? key : !shiftKey && /^Digit([1-9])$/.exec(code)?.[1];
}

/** Return the letter of a key, by its place where the keyboard writes no Latin. */
function letter({ key, code }) {
  return /^Key[A-Z]$/.test(code) && /^[^ -~]$/.test(key) ? code[3].toLowerCase() : key.toLowerCase();
}

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

/** Make a uuid where the page is not served securely, and crypto.randomUUID is missing. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Keep a measured time for benchmarks: `window.__desk.latencies`, `.work`, `.roundtrips`. */
function note(kind, milliseconds) {
  const all = ((window.__desk ??= {})[kind] ??= []);
  all.push(milliseconds);
  if (all.length > TIMINGS) all.shift();
}
