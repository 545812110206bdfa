/**
 * The desk: a person answers one text after another by key.
 *
 * The next text is already here, so a key shows it at once; the answer goes to Python behind it. It stays in
 * the outbox (desk_outbox.js) until Python names it as saved.
 */

const LATE = 5_000; // ms after which an answer that is not saved is called so
const SHY = 30_000; // ms for which a text just saved is not shown again, whatever a slow rerun lists
const SETTLE = 300; // ms without keys when a text is replaced under the person's hands
const FLASH = 150;
const TEXTS = 200; // texts kept here, for undo and change
const UNDOABLE = 20; // uuids at most that Python tells an undo may take back
const PARTING = 16_000; // ms at most for which leaving the page waits until answers are saved
const WAYS = "a[href]:not([target=_blank]), .st-key-stop button"; // what leads to another page of the app
const TIMINGS = 1_000;

const memories = new Map(); // survive a remount: Streamlit may draw the same desk elsewhere on the page
let desk = null; // the keyboard belongs to one desk

/** Draw the desk, or give the one that is drawn its new data. Streamlit calls this for each new data. */
export default function draw({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".desk");
  if (desk?.root !== root || desk.place !== placeOf(data)) {
    desk?.close();
    desk = new Desk(root, data);
  }
  const mine = desk;
  const turn = ++mine.drawings;
  mine.take(data, setStateValue, setTriggerValue);
  // Streamlit also calls the cleanup of a drawing that a newer one has overtaken: only the last may close.
  return () => turn === mine.drawings && mine.close();
}

/** What this page knows of the person's texts and answers. */
class Memory {
  constructor(whose) {
    this.outbox = new Outbox(whose);
    this.texts = new Map();
    this.done = new Map(); // item: until when it is not to be asked again
    this.back = []; // items taken back, to be asked first
    this.past = []; // what undo goes through
    this.undone = new Set(); // uuids that were taken back
  }

  /** Take on what other tabs, or this one before a reload, have not got saved; tell whether there was any. */
  adopt() {
    const own = this.past;
    this.past = [];
    const found = this.outbox.adopt();
    for (const event of found) this.remember(event);
    this.past.push(...own.filter((event) => !this.undone.has(event.uuid)));
    return found.length > 0;
  }

  /** Keep a text; a whole one is not replaced by an excerpt. */
  learn(entry) {
    const known = this.texts.get(entry.item);
    if (known && known.text.length >= entry.text.length) return { ...entry, text: known.text };
    this.texts.set(entry.item, entry);
    if (this.texts.size > TEXTS) this.texts.delete(this.texts.keys().next().value);
    return entry;
  }

  /** Note an event; `before` is the answer that it corrects. Return what an undo took back. */
  remember({ uuid, kind, item, label, undoes }, before = null) {
    if (kind === "undo") return this.takeBack(undoes);
    this.past.push({ uuid, kind, item, label, before });
    if (kind === "flag") return null;
    this.done.set(item, Infinity);
    this.back = this.back.filter((other) => other !== item);
    return null;
  }

  takeBack(uuid) {
    this.undone.add(uuid);
    const last = this.past.find((event) => event.uuid === uuid) ?? null;
    this.past = this.past.filter((event) => event !== last);
    if (!last || last.kind === "flag" || last.before) return last; // the answer before it stands again
    this.done.delete(last.item);
    this.back = [last.item, ...this.back.filter((other) => other !== last.item)];
    return last;
  }

  /** Forget what is saved and no longer stands: another tab took it back, or Python refused it. */
  agree(undoable) {
    const stands = new Set(undoable);
    for (const { uuid } of this.outbox.events) stands.add(uuid);
    // What is older than all that Python tells may stand too.
    const told = undoable.length < UNDOABLE ? 0 : this.past.findIndex(({ uuid }) => undoable.includes(uuid));
    this.past = this.past.filter(({ uuid }, place) => place < told || stands.has(uuid));
  }

  /** Return the answer that stands on a text once `target` is taken back; `recent` is what Python knows. */
  beneath(target, recent) {
    const other = ({ item, uuid }) => item === target.item && uuid !== target.uuid && !this.undone.has(uuid);
    return recent.find(other) ?? target.before;
  }

  /** Return what undo takes back next: what was done here, else what Python `tells` (uuids, newest first). */
  last(told) {
    const uuid = told.find((each) => !this.undone.has(each));
    return this.past.at(-1) ?? (uuid ? { uuid, item: null } : null);
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
    this.drawings = 0;
    this.shown = 0;
    this.ready = false;
    this.current = null;
    this.noting = null; // the item that a note is being written on
    this.flagged = null;
    this.detour = null; // an earlier text that the person has called back: {item, label}
    this.parting = null; // a click that waits until all is saved: {way, until}
    this.asked = -Infinity; // when skipped texts were asked for
    this.clock = new Clock();
    this.clock.start();
    if (!memories.has(this.place)) memories.set(this.place, new Memory(data));
    this.memory = memories.get(this.place);
    this.memory.adopt();
    this.outbox = this.memory.outbox;
    this.listen();
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    const on = (name, act) => this.$(name).addEventListener("click", act, { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("visibilitychange", () => this.turn(), { signal });
    on(".skip", (event) => this.answer("skip", null, event.timeStamp));
    on(".flag", () => this.openNote());
    on(".undo", (event) => this.undo(event.timeStamp));
    on(".keys", () => this.toggleHelp());
    on(".back", () => this.leave());
    on(".again", () => this.outbox.send(true));
    on(".skipped", () => this.seeAgain());
    on(".change", () => this.call(this.data.reveal.item, this.data.reveal.said));
    this.$(".note input").addEventListener("keydown", (event) => this.noteKey(event), { signal });
    this.$(".recent").addEventListener("toggle", () => this.drawRecent(), { signal });
    document.addEventListener("click", (event) => this.part(event), { signal, capture: true });
    this.ticker = setInterval(() => this.tick(), 1_000);
  }

  close() {
    this.stop.abort();
    clearInterval(this.ticker);
    clearTimeout(this.outbox.timer);
    if (desk === this) desk = null;
  }

  /** A page out of sight paints no frame, after which the outbox would leave; another tab may have closed. */
  turn() {
    this.clock.turn();
    if (!document.hidden && this.memory.adopt()) this.refresh();
    this.outbox.send();
  }

  /** Hold a click that leaves the page until all is saved: nobody there would send what is left. */
  part(event) {
    const { events, error } = this.outbox;
    if (!events.length || error || this.leaving || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const way = event.composedPath().find((node) => node instanceof Element && node.matches(WAYS));
    if (!way || this.root.contains(way)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.parting = { way, until: performance.now() + PARTING };
    this.outbox.send();
    this.drawState();
  }

  /** Go where the person wanted to; with an error they see it first, and the answers stay in the browser. */
  depart() {
    if (!this.parting) return;
    const { events, error } = this.outbox;
    const { way, until } = this.parting;
    if (events.length && !error && performance.now() < until) return;
    this.parting = null;
    this.leaving = !error;
    if (this.leaving) way.click();
    this.leaving = false;
    this.drawState();
  }

  $(name) {
    return this.root.querySelector(name);
  }

  /** Take new data from Python. */
  take(data, post, call) {
    const first = !this.data;
    const fresh = this.data !== data;
    this.data = data;
    this.outbox.post = post;
    this.ask = call;
    if (!fresh) return;
    this.asked = -Infinity;
    for (const answer of data.recent) this.memory.learn({ item: answer.item, text: answer.text, guess: null });
    if (data.reveal) this.memory.learn({ item: data.reveal.item, text: data.reveal.text, guess: null });
    this.items = data.items.map((entry) => this.memory.learn(entry));
    for (const { item, kind } of this.outbox.settle(data.saved, data.error)) {
      if (kind === "undo" && item === null) this.current = null; // Python knows what was taken back
      if (this.memory.done.has(item)) this.memory.done.set(item, performance.now() + SHY);
    }
    this.memory.agree(data.undoable);
    this.drawClasses();
    this.root.classList.toggle("focus", data.focus);
    this.$(".facts").textContent = data.status.join("  ·  ");
    this.refresh();
    afterPaint(() => {
      this.drawReveal();
      this.drawRecent();
    });
    if (first) this.outbox.send(true);
    this.depart();
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
    this.answerable(false);
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
      if (settle) setTimeout(() => this.answerable(turn === this.shown), settle);
      else this.answerable(true);
    });
  }

  /** Note whether the text may be answered; until then a screen reader has nothing to read out. */
  answerable(now) {
    this.ready = now;
    this.$(".text").setAttribute("aria-busy", String(!now));
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
    if (key === "a" && this.offers()) return () => this.seeAgain();
    if (key === "escape" && this.detour) return () => this.leave();
    return null;
  }

  /** Take an answer on the text on screen, and show the next one before anything else is done. */
  answer(kind, label, stamp) {
    if (!this.ready || !this.current || this.outbox.error || this.parting) return;
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
    const target = this.memory.last(this.data.undoable);
    if (this.outbox.error || !target) return;
    this.endNote(false);
    if (target.kind !== "flag") target.before = this.memory.beneath(target, this.data.recent);
    const last = this.write("undo", { item: target.item, undoes: target.uuid });
    this.detour = last?.before ? { item: last.item, label: last.before.label } : null;
    if (last?.kind === "flag") this.flagged = null;
    this.refresh(stamp);
  }

  /** Put one event in the outbox; it leaves once the screen is painted. */
  write(kind, { item = null, label = null, undoes = null, text = "" }, before = null) {
    const seen = kind !== "undo" && this.current;
    const event = {
      uuid: uuid(),
      kind,
      item,
      label,
      undoes,
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

  /** Tell whether skipped texts can be seen again now: nothing else is left, and all is saved. */
  offers() {
    return !this.current && this.data.skipped > 0 && !this.outbox.events.length && !this.asks();
  }

  /** Tell whether Python was asked for them a moment ago; when nothing comes of it, one may ask again. */
  asks() {
    return performance.now() - this.asked < LATE;
  }

  seeAgain() {
    if (!this.offers()) return;
    this.memory.done.clear(); // all of it is saved: only what Python offers from here on counts
    this.asked = performance.now();
    this.ask("again", true);
    this.drawState();
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
    this.depart();
  }

  drawState() {
    const { current, data } = this;
    const { error, events } = this.outbox;
    this.$(".empty p").textContent = this.items.length || this.asks() ? "…" : data.message || "…";
    this.$(".skipped").hidden = !this.offers();
    this.$(".skipped span").textContent = `${counted(data.skipped, "skipped text")}: see ${data.skipped === 1 ? "it" : "them"} again`;
    this.$(".banner").hidden = !error;
    this.$(".why").textContent = error;
    this.$(".count").textContent = `${counted(events.length, "answer")} ${events.length === 1 ? "is" : "are"} not saved.`;
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
    if (this.parting) return "Your answers are being saved, then the other page opens.";
    if (!current) return "";
    const { entry, why, label } = current;
    if (why === "unsaved") {
      const what = entry.text ? "Your answer on this text" : "Your answer from another tab or before";
      return `${what}. It is kept here until it is saved.`;
    }
    if (why === "change") return `Your answer: ${this.said(label)}. Choose another, or go back.`;
    const parts = [];
    if (why === "back") parts.push("Taken back");
    else if (entry.skipped) parts.push("You skipped this one before");
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
    this.$(".lost").hidden = this.outbox.shelf.works;
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

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
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

/** Keep a measured time for benchmarks: `window.__desk.latencies`, `.work`, `.roundtrips`. */
function note(kind, milliseconds) {
  const all = ((window.__desk ??= {})[kind] ??= []);
  all.push(milliseconds);
  if (all.length > TIMINGS) all.shift();
}
