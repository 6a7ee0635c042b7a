// The lines of one talk, in order, with what became of each on its way.

import { post } from "./api.js";
import { el, fill, keyed, say, words } from "./dom.js";
import { fileOf } from "./files.js";
import { AUTHORS, CATEGORIES, LEVELS, date, delivery, levelOf, time } from "./words.js";

const NOTE_NAMES = { note: "内部メモ", whisper: "耳うち", debriefing: "ふりかえり" };
const PROPOSAL_STATES = {
  waiting: "業務責任者の確認を待っています", sent: "確認されて送られました", edited: "直して送られました", returned: "返されました",
  late: "確認の時間が過ぎて、返されました", dropped: "担当が変わったので、送りませんでした",
};

/** Milliseconds: the chat's page says it again every four seconds. */
const TYPING_FOR = 7000;

export class Transcript {
  constructor(talk, store) {
    this.talk = talk;
    this.store = store;
    this.list = el("ol", { class: "lines", "aria-label": "やりとり", tabindex: "0" });
    this.more = el("button", { type: "button", class: "more small", hidden: true, onclick: () => this.toEnd() }, "新しい行へ ↓");
    // What a reader hears of by itself is what comes, so the list keeps being one and the box around it is the log.
    this.writes = el("p", { class: "writes soft", hidden: true }, "相談者が入力中です");
    this.element = el("div", { class: "transcript" }, el("div", { class: "log", role: "log", "aria-label": "新しい行" }, this.list), this.writes, this.more);
    this.follows = true;
    this.list.addEventListener("scroll", () => {
      this.follows = this.atEnd();
      if (this.follows) this.more.hidden = true;
    }, { passive: true });
    // A picture that has come is larger than its place was; the event doesn't bubble.
    this.list.addEventListener("load", () => { if (this.follows) this.toEnd(); }, true);
    // A hint below, a longer draft or a turned phone must not push the newest line out of sight.
    new ResizeObserver(() => { if (this.follows) this.toEnd(); }).observe(this.list);
  }

  /** The student writes just now; shown until nothing more is heard of it. */
  typing() {
    this.writes.hidden = false;
    clearTimeout(this.writesTimer);
    this.writesTimer = setTimeout(() => { this.writes.hidden = true; }, TYPING_FOR);
  }

  atEnd() { return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60; }
  toEnd() { this.list.scrollTop = this.list.scrollHeight; this.more.hidden = true; }

  /** Lines, notes and lines that wait for a yes, by time. */
  draw(fresh = false) {
    const { talk } = this;
    const follow = fresh || this.follows;
    const items = [
      ...talk.lines.map((one) => ({ ...one, sort: Date.parse(one.at), what: "line" })),
      ...talk.notes.map((one) => ({ ...one, sort: Date.parse(one.at), what: "note" })),
      ...talk.proposals.filter((one) => one.state !== "sent" && one.state !== "edited").map((one) => ({ ...one, sort: Date.parse(one.at), what: "proposal" })),
    ];
    // Among themselves the lines keep the order in which the service took them, whatever clock they came by.
    const lines = items.filter((one) => one.what === "line");
    for (let place = 1; place < lines.length; place += 1) lines[place].sort = Math.max(lines[place].sort, lines[place - 1].sort);
    items.sort((one, other) => one.sort - other.sort || (one.number ?? 1e15) - (other.number ?? 1e15));
    keyed(this.list, items, (one) => `${one.what}-${one.id}`, (one) => this.renew(el("li"), one), (element, one) => this.renew(element, one));
    if (follow) this.toEnd();
    else this.more.hidden = false;
  }

  renew(item, one) {
    const shown = JSON.stringify(one);
    if (item.dataset.shown === shown) return item;
    item.dataset.shown = shown;
    item.dataset.id = one.id;
    if (one.what === "note") this.note(item, one);
    else if (one.what === "proposal") this.proposal(item, one);
    else this.line(item, one);
    return item;
  }

  line(item, line) {
    const level = levelOf(line);
    const risky = line.author === "student" && level !== "none";
    if (line.author === "student") this.writes.hidden = true;
    const state = line.author === "student" ? null : delivery(line, this.talk.card.channel);
    const lost = line.delivery === "refused" || line.delivery === "dead";
    item.className = `line by-${line.author}${risky ? ` at-${level}` : ""}${lost ? " not-sent" : ""}`;
    fill(item,
      el("p", { class: "by" }, el("span", { class: "author" }, AUTHORS[line.author] ?? line.author), " ",
        el("time", { datetime: line.at, title: date(line.at) }, time(line.at)),
        risky && el("span", { class: `level level-${level}` }, LEVELS[level]),
        risky && line.categories.length > 0 && el("span", { class: "soft" }, line.categories.map((one) => CATEGORIES[one] ?? one).join("・"))),
      el("p", { class: "bubble" }, line.note ? el("em", { class: "gone" }, line.note) : words(line.pieces),
        line.edited && el("span", { class: "soft" }, "（あとから直されました）")),
      line.evidence && fileOf(line.evidence),
      line.facts.length > 0 && el("p", { class: "facts" }, line.facts.map((one) => words([[one, false]])).flatMap((one) => [...one, "　"])),
      state && (state.bad || line.author === "counsellor") && el("p", { class: `sent${state.bad ? " bad" : ""}`, role: state.bad ? "alert" : null },
        state.text, state.again && this.mayRetry(line) && el("button", { type: "button", class: "small", onclick: (event) => this.retry(line, event.target) }, state.again)));
  }

  mayRetry(line) { return line.author === "counsellor" && this.store.mine(this.talk.card); }

  async retry(line, button) {
    button.disabled = true;
    try {
      await post(`lines/${line.id}/retry`, { sure: button.dataset.sure === "yes" });
      say("送り直しています。");
    } catch (refused) {
      // A second press says that somebody knows what it may come to.
      if (refused.code === "input" && line.delivery === "unknown") button.dataset.sure = "yes";
      say(refused.message, true);
    }
    button.disabled = false;
  }

  note(item, note) {
    item.className = `line aside kind-${note.kind}`;
    fill(item,
      el("p", { class: "by" }, el("span", { class: "author" }, `${NOTE_NAMES[note.kind]}・${note.by}`), " ", el("time", { datetime: note.at }, time(note.at)),
        el("span", { class: "soft" }, "生徒には見えません")),
      el("p", { class: "bubble" }, words([[note.text, false]])));
  }

  proposal(item, proposal) {
    const decide = proposal.state === "waiting" && this.store.me.supervisor && proposal.by_id !== this.store.me.id;
    item.className = `line aside kind-proposal state-${proposal.state}`;
    const text = el("textarea", { rows: "3", "aria-label": `${proposal.by}さんの文` });
    text.value = proposal.text;
    const remark = el("input", { "aria-label": "ひとこと（返すとき）", placeholder: "返すときのひとこと" });
    const send = (button, path, body) => this.decide(button, proposal, path, body());
    fill(item,
      el("p", { class: "by" }, el("span", { class: "author" }, `${proposal.by}（研修中）`), " ", el("time", { datetime: proposal.at }, time(proposal.at)),
        el("span", { class: "soft" }, PROPOSAL_STATES[proposal.state])),
      decide ? el("div", { class: "stack" }, text, remark, el("p", { class: "row" },
        el("button", { type: "button", class: "small primary", onclick: ({ target }) => send(target, "approve", () => ({ text: text.value })) }, "この文で送る"),
        el("button", { type: "button", class: "small", onclick: ({ target }) => send(target, "return", () => ({ remark: remark.value })) }, "返す")))
        : el("p", { class: "bubble" }, words([[proposal.text, false]])),
      proposal.remark && el("p", { class: "facts" }, `${proposal.decided_by ?? "業務責任者"}: `, words([[proposal.remark, false]])));
  }

  async decide(button, proposal, verb, body) {
    button.disabled = true;
    try {
      const told = await post(`proposals/${proposal.id}/${verb}`, body);
      say(told.state === "dropped" ? "担当が変わっていたので、送りませんでした。" : verb === "approve" ? "送りました。" : "返しました。");
    } catch (refused) {
      say(refused.message, true);
      button.disabled = false;
    }
  }
}
