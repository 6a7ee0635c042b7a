// Where a counsellor writes: a draft that survives, phrases by a slash, hints that never hold anything up.

import { get, post } from "./api.js";
import { el, fill, say } from "./dom.js";
import { hints } from "./hints.js";

/** Milliseconds without a key until the draft is kept, and between words to LINE that somebody is writing. */
const DRAFT_AFTER = 700;
const TYPING_EVERY = 15000;
const LONGEST = 2000;

export class Composer {
  constructor(talk, store) {
    this.talk = talk;
    this.store = store;
    const id = `text-${talk.card.id}`;
    this.text = el("textarea", { id, rows: "3", maxlength: "4000", "aria-describedby": `hints-${talk.card.id}`, placeholder: "ここに書きます。Ctrl+Enterで送ります。" });
    this.text.defaultValue = talk.draft;
    this.hints = el("ul", { class: "hints", id: `hints-${talk.card.id}`, "aria-live": "polite" });
    this.phrases = el("ul", { class: "phrases", role: "listbox", "aria-label": "定型文", hidden: true });
    this.count = el("span", { class: "soft number" });
    this.sendButton = el("button", { type: "button", class: "primary", title: "Ctrl+Enter", onclick: () => this.send() }, store.desk.approve ? "確認に出す" : "送る");
    this.phraseButton = el("button", { type: "button", class: "small", title: "書く欄のはじめで /", onclick: () => this.openPhrases() }, "定型文");
    this.element = el("div", { class: "composer" },
      el("label", { for: id, class: "unseen" }, "生徒への文"), this.phrases, this.text, this.hints,
      el("div", { class: "row" }, this.phraseButton, this.count, el("span", { class: "push" }), this.sendButton));
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.key_ = null;
    this.typedAt = 0;
    this.saved = talk.draft;
    addEventListener("pagehide", () => this.keepNow());
    this.show();
  }

  show() {
    const text = this.text.value;
    fill(this.hints, hints(text).map((hint) => el("li", {}, hint.text)));
    this.count.textContent = text ? `${[...text].length}字` : "";
    this.text.rows = Math.min(8, Math.max(3, text.split("\n").length));
  }

  changed() {
    // Other words are another line: a second try of the first keeps its key.
    this.key_ = null;
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), DRAFT_AFTER);
    if (this.text.value && Date.now() - this.typedAt > TYPING_EVERY) {
      this.typedAt = Date.now();
      post(`talks/${this.talk.card.id}/typing`).catch(() => {});
    }
    const command = /^\/(\S*)$/.exec(this.text.value);
    if (command) this.openPhrases(command[1]);
    else if (!this.phrases.hidden && this.slash) this.closePhrases();
  }

  async keep() {
    const text = this.text.value;
    if (text === this.saved || /^\/\S*$/.test(text)) return;
    try {
      this.keeping = post(`talks/${this.talk.card.id}/draft`, { text });
      await this.keeping;
      this.saved = text;
      this.text.defaultValue = text; // it is kept: whoever has to sign in again finds it
    } catch (refused) {
      if (refused.status >= 400) say(refused.message, true);
    }
  }

  /** The page goes: what isn't kept yet goes with a request that outlives it. */
  keepNow() {
    if (this.text.value === this.saved || !this.element.isConnected) return;
    fetch(`/desk/api/talks/${this.talk.card.id}/draft`, {
      method: "POST", keepalive: true, body: JSON.stringify({ text: this.text.value }),
      headers: { "content-type": "application/json", "x-tsunagi-desk": document.body.dataset.token },
    }).catch(() => {});
  }

  key(event) {
    if (event.isComposing) return; // the Enter that ends a conversion sends nothing
    if (!this.phrases.hidden && this.phraseKey(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
    }
  }

  async send() {
    const text = this.text.value.trim();
    if (!text || this.sending) return;
    if ([...text].length > LONGEST) { say(`一度に送れるのは${LONGEST}字までです。分けて送ってください。`, true); return; }
    this.sending = true;
    this.sendButton.disabled = true;
    clearTimeout(this.timer);
    // A draft on its way must not come after the line, and stand there as if it hadn't been sent.
    await this.keeping?.catch(() => {});
    this.key_ ??= crypto.randomUUID();
    const { card } = this.talk;
    try {
      const told = await post(`talks/${card.id}/send`, { epoch: card.epoch, text, key: this.key_ });
      if (this.text.value.trim() === text) this.text.value = "";
      this.saved = "";
      this.text.defaultValue = "";
      this.key_ = null;
      this.show();
      if (!told.sent) say("業務責任者の確認に出しました。");
    } catch (refused) {
      say(refused.message, true);
    } finally {
      this.sending = false;
      this.sendButton.disabled = false;
      this.text.focus();
    }
  }

  // Phrases ----------------------------------------------------------------------------------------------------

  async openPhrases(typed = null) {
    this.slash = typed !== null;
    if (!this.all) {
      try {
        const told = await get(`phrases?session=${this.talk.card.id}`);
        this.all = told.phrases ?? told;
      } catch (refused) {
        say(refused.message, true);
        return;
      }
    }
    const wanted = (typed ?? "").toLowerCase();
    const found = this.all.filter((one) => (wanted ? one.shortcut.startsWith(wanted) || one.title.includes(wanted) : one.fits)).slice(0, 12);
    fill(this.phrases, found.map((one, place) => el("li", { role: "option", id: `${this.text.id}-${place}`, "aria-selected": place === 0 ? "true" : "false", onclick: () => this.insert(one) },
      el("strong", {}, one.title), " ", el("kbd", {}, `/${one.shortcut}`), el("span", { class: "soft" }, ` ${one.text}`))));
    if (found.length === 0) fill(this.phrases, el("li", { class: "empty" }, "あてはまる定型文はありません。"));
    this.found = found;
    this.place = 0;
    this.phrases.hidden = false;
    this.text.setAttribute("aria-activedescendant", found.length ? `${this.text.id}-0` : "");
    if (!this.slash) this.text.focus();
  }

  closePhrases() {
    this.phrases.hidden = true;
    this.text.removeAttribute("aria-activedescendant");
  }

  phraseKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      this.place = (this.place + step + this.found.length) % this.found.length;
      [...this.phrases.children].forEach((one, place) => one.setAttribute("aria-selected", place === this.place ? "true" : "false"));
      this.phrases.children[this.place].scrollIntoView({ block: "nearest" });
      this.text.setAttribute("aria-activedescendant", `${this.text.id}-${this.place}`);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.found.length && !event.ctrlKey) {
      this.insert(this.found[this.place]);
    } else if (event.key === "Escape") {
      this.closePhrases();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  insert(phrase) {
    const rest = this.slash ? "" : this.text.value;
    this.text.value = rest ? `${rest}\n${phrase.text}` : phrase.text;
    this.closePhrases();
    this.changed();
    this.text.focus();
  }
}
