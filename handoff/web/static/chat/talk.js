// The lines of the talk as elements: what stands there, what became of one's own words, and when they go.

import { byId, el, empty, linked } from "./dom.js";

const TIME = new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
const STATES = {
  sending: "送っています", stored: "送りました", waiting: "送れていません。もう一度送ります。", refused: "送れませんでした。",
};
/** Milliseconds after which words on their way are said to be late. */
const LATE = 4000;
/** Pixels from the end within which one is taken to read along. */
const NEAR = 80;

export class Talk {
  /** `choose(title)`: one of the offered answers was tapped. */
  constructor(choose) {
    this.choose = choose;
    this.log = byId("log");
    this.choices = byId("choices");
    this.rows = new Map();
    this.last = null;
    this.follows = true;
    this.log.addEventListener("scroll", () => { this.follows = this.atEnd(); }, { passive: true });
    // What opens around the log, or a keyboard, must not push the newest line out of sight.
    if (window.ResizeObserver) new ResizeObserver(() => this.stay()).observe(this.log);
    else window.addEventListener("resize", () => this.stay());
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  stay() {
    if (this.follows) this.log.scrollTop = this.log.scrollHeight;
  }

  /** Lines as they come, in their order; one that stands there already stays as it is. */
  add(lines) {
    lines.forEach((line) => {
      const name = line.key || line.id;
      if (this.rows.has(name)) {
        if (line.by === "me") this.mark(name, "stored");
        return;
      }
      this.put(name, line);
      if (line.by === "me") this.mark(name, "stored");
      else this.offer(line.buttons);
    });
    this.stay();
  }

  /** One's own words, at once. */
  mine(key, text) {
    this.put(key, { by: "me", text, at: null });
    this.mark(key, "sending");
    this.offer([]);
    this.follows = true;
    this.stay();
    setTimeout(() => {
      const row = this.rows.get(key);
      if (row && row.dataset.state === "sending") this.mark(key, "waiting");
    }, LATE);
  }

  put(name, line) {
    const first = this.last !== line.by + (line.name || "");
    this.last = line.by + (line.name || "");
    const who = { me: "わたし", bot: "自動の案内", person: line.name ? `${line.name}（相談員）` : "相談員" }[line.by];
    const at = line.at ? new Date(line.at) : new Date();
    const row = el("div", { class: `row by-${line.by}${first ? " first" : ""}` },
      el("p", { class: first && line.by !== "me" ? "who" : "unseen" }, who),
      el("div", { class: "line" },
        el("p", { class: "bubble", dir: "auto" }, ...(line.by === "me" ? [line.text] : linked(line.text))),
        el("p", { class: "meta" }, el("span", { class: "fate" }), line.at ? el("time", { datetime: line.at }, TIME.format(at)) : null)));
    this.rows.set(name, row);
    this.log.append(row);
  }

  /** What became of one's own words, in words. */
  mark(key, state, told) {
    const row = this.rows.get(key);
    if (!row || (row.dataset.state === "stored" && state !== "refused")) return;
    row.dataset.state = state;
    row.querySelector(".fate").textContent = (told ? `${STATES[state]}${told}` : STATES[state]);
  }

  /** A line of the page itself. */
  note(text) {
    this.log.append(el("p", { class: "aside" }, text));
    this.last = null;
    this.stay();
  }

  offer(titles) {
    empty(this.choices);
    (titles || []).forEach((title) => {
      this.choices.append(el("button", { type: "button", onclick: () => this.choose(title) }, title));
    });
    this.choices.hidden = !this.choices.firstChild;
    this.stay();
  }

  /** Empties the view but for these lines, and one's own words that are not stored yet. */
  keepOnly(names) {
    const kept = new Set(names);
    let gone = false;
    Array.from(this.rows.entries()).forEach(([name, row]) => {
      const unsent = row.dataset.state === "sending" || row.dataset.state === "waiting";
      if (kept.has(name) || unsent) return;
      row.remove();
      this.rows.delete(name);
      gone = true;
    });
    if (gone) {
      Array.from(this.log.querySelectorAll(".aside")).forEach((one) => one.remove());
      this.offer([]);
      this.last = null;
    }
    return gone;
  }

  clear() {
    empty(this.log);
    this.rows.clear();
    this.offer([]);
    this.last = null;
  }
}
