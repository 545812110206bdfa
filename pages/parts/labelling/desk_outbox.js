/**
 * Answers that are not saved yet. The browser keeps them, whatever becomes of the page, until Python names
 * them as saved.
 *
 * Each page has an entry of its own, so two tabs never write over each other. A desk that opens, or comes
 * into sight, also takes on what other tabs of the same person have not got saved, whether they are gone or
 * not: Python counts each uuid once, and an undo names what it takes back, so it does not matter who sends
 * an event, when, or how often.
 */

const KEPT = 500; // events in the browser at most: what a desk holds ready allows far fewer
const RETRY = 2_000; // ms to the next try when Python said why it could not save
const PATIENCE = 16_000; // ms at most without a word: more tries would only cut off a server that is slow
const TAB = uuid();
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the browser keeps of a person's answers in a session. No texts: only what an event needs. */
class Shelf {
  constructor({ session, annotator }) {
    this.place = `${["desk", session, annotator].map(encodeURIComponent).join("/")}/`;
    this.own = this.place + TAB;
    this.write([]);
  }

  /** Keep these events of this page, and no others; `works` says whether the browser did. */
  write(events) {
    try {
      localStorage.setItem(this.own, JSON.stringify(events.slice(0, KEPT)));
      if (!events.length) localStorage.removeItem(this.own);
      this.works = events.length <= KEPT;
    } catch {
      this.works = false; // full or forbidden; the desk says so
    }
  }

  /** Return what other tabs have kept, the tab that began first first. */
  others() {
    return this.entries()
      .filter(([key]) => key !== this.own)
      .map(([, entry]) => entry.filter(isEvent).map(bare))
      .filter((events) => events.length)
      .sort(([a], [b]) => (a.client_at < b.client_at ? -1 : 1))
      .flat();
  }

  /** Take what is saved out of every entry: the tab that made it may be gone. */
  drop(saved) {
    try {
      for (const [key, entry] of this.entries()) {
        const left = entry.filter((event) => !saved.has(event?.uuid));
        if (!left.length) localStorage.removeItem(key);
        else if (left.length < entry.length) localStorage.setItem(key, JSON.stringify(left));
      }
    } catch {
      this.works = false; // what stays is sent once more some day, and counts no more for it
    }
  }

  /** Return key and list of each entry that can be read; whatever else lies there is left alone. */
  entries() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.place));
      return keys.map((key) => [key, list(localStorage.getItem(key))]).filter(([, entry]) => entry);
    } catch {
      return [];
    }
  }
}

/** Events that are not known to be saved, in order. */
class Outbox {
  constructor(whose) {
    this.shelf = new Shelf(whose);
    this.events = [];
    this.seen = new Set(); // uuids that were here: another tab may still keep what is saved by now
    this.attempt = Date.now(); // grows over reloads too: Streamlit drops a value that it has seen
    this.flying = null;
    this.wait = RETRY;
    this.error = "";
    this.since = performance.now();
    this.born = new Map();
    this.warn = (event) => event.preventDefault();
  }

  add(event) {
    this.born.set(event.uuid, performance.now());
    this.put([...this.events, event]);
  }

  /** Take on what other tabs have not got saved; return what is new of it. */
  adopt() {
    const unknown = new Map();
    for (const event of this.shelf.others()) if (!this.seen.has(event.uuid)) unknown.set(event.uuid, event);
    const found = [...unknown.values()];
    if (!found.length) return found;
    const older = found[0].client_at < (this.events[0]?.client_at ?? "");
    this.put(older ? [...found, ...this.events] : [...this.events, ...found]);
    return found;
  }

  put(events) {
    if (!this.events.length) this.since = performance.now();
    this.events = events;
    for (const { uuid } of events) this.seen.add(uuid);
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
      this.shelf.drop(new Set(gone.map((event) => event.uuid)));
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

  /** Keep what is left, and have the browser ask before the page is left while there is any. */
  keep() {
    this.shelf.write(this.events);
    if (this.events.length) addEventListener("beforeunload", this.warn);
    else removeEventListener("beforeunload", this.warn);
  }
}

/** Read a list; null for anything else. */
function list(written) {
  try {
    const read = JSON.parse(written);
    return Array.isArray(read) ? read : null;
  } catch {
    return null;
  }
}

/** Tell whether something kept is an event; Python checks again whether it can be meant. */
function isEvent(it) {
  return (
    UUID.test(it?.uuid) &&
    ["label", "skip", "flag", "undo"].includes(it.kind) &&
    [it.item, it.label].every((number) => number === null || Number.isSafeInteger(number)) &&
    (it.undoes === null || UUID.test(it.undoes)) &&
    (it.kind === "undo" ? it.undoes !== null : it.item !== null) &&
    [it.note, it.client_at].every((words) => typeof words === "string")
  );
}

function bare({ uuid, kind, item, label, undoes, note, milliseconds, client_at, suggestion_shown }) {
  return { uuid, kind, item, label, undoes, note, milliseconds, client_at, suggestion_shown };
}

/** Make a uuid, also where the page is not served securely, and crypto.randomUUID is missing. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
