// The supervisor's page: all sessions and people, live; from here one looks in, takes over, and decides on lines.

import { afterPress } from "/static/press.js";
import { get, post } from "./api.js";
import { Bell } from "./bell.js";
import { confirm } from "./dialogs.js";
import { byId, el, fill, keyed, say, words } from "./dom.js";
import { Feed } from "./feed.js";
import { inOrder } from "./order.js";
import { badge, counted, marks, told } from "./queue.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";
import { ALARMS, levelOf, span, time } from "./words.js";

/** Minutes without a word of ours, while the student waits for one, after which a counsellor counts as silent. */
const SILENT_AFTER = 5;

class Overview {
  constructor(first, proposals) {
    document.body.dataset.token = first.token;
    this.store = new Store(first);
    this.proposals = new Map(proposals.map((one) => [one.id, one]));
    this.intakes = [];
    this.bell = new Bell(first.wishes);
    this.feed = new Feed(first.cursor, (message) => afterPress(() => this.store.take(message)), (open) => this.lineState(open), () => this.store.shown());
    for (const name of ["cards", "people"]) this.store.on(name, () => this.draw());
    this.store.on("proposal", ({ thing }) => {
      if (thing.state === "waiting") this.proposals.set(thing.id, thing);
      else this.proposals.delete(thing.id);
      this.drawProposals();
    });
    this.store.on("alarm", (alarm) => this.alarm(alarm));
    setInterval(() => afterPress(() => this.draw()), 5000);
    setInterval(() => this.readIntakes(), 30000);
    this.draw();
    this.drawProposals();
    this.readIntakes();
    for (const alarm of first.alarms) this.alarm(alarm);
    document.body.dataset.ready = "yes";
  }

  lineState(open) {
    byId("line-state").textContent = open ? "つながっています" : "つなぎ直しています";
    byId("line-state").classList.toggle("bad", !open);
    document.body.dataset.line = open ? "open" : "lost";
  }

  alarm({ code, session }) {
    const key = `${code}-${session}`;
    if ([...byId("alarms").children].some((one) => one.dataset.key === key)) return;
    this.bell.ring("critical");
    const box = el("p", { class: "trouble row", dataset: { key } }, `${this.store.cards.get(session)?.drill ? "訓練：" : ""}${ALARMS[code] ?? code}`,
      session && this.lookIn(session), el("button", { type: "button", class: "small", onclick: () => box.remove() }, "わかりました"));
    byId("alarms").append(box);
  }

  lookIn(id) { return el("a", { class: "button small", href: `/desk/?open=${id}`, target: "_blank", rel: "noopener", title: "読んだことは記録に残ります" }, "様子を見る"); }

  async takeOver(card) {
    const who = card.counsellor?.alias;
    const sure = await confirm("この相談を引き継ぎますか", who ? `いまは${who}さんが担当しています。引き継ぐと、${who}さんは書けなくなります。` : "あなたが担当します。", { yes: "引き継ぐ" });
    if (!sure) return;
    try {
      await post(`talks/${card.id}/take-over`);
      open(`/desk/?open=${card.id}`, "_blank", "noopener");
    } catch (refused) {
      say(refused.message, true);
    }
  }

  takeButton(card, text) { return el("button", { type: "button", class: "small", onclick: () => this.takeOver(card) }, text); }

  rows(id, cards, cells) {
    byId(`${id}-count`).textContent = counted(cards);
    byId(`${id}-empty`).hidden = cards.length > 0;
    const renew = (row, card) => {
      row.className = `at-${levelOf(card)}`;
      const made = cells(card);
      const shown = made.map((one) => one.textContent).join("|");
      if (row.dataset.shown === shown) return row;
      row.dataset.shown = shown;
      fill(row, made);
      return row;
    };
    keyed(byId(id), cards, (card) => card.id, (card) => renew(el("tr"), card), renew);
  }

  /** Since when a student waits for a word of ours; null while they don't. */
  owed(card) { return card.wrote_at && (!card.heard_at || card.wrote_at > card.heard_at) ? Date.parse(card.wrote_at) : null; }

  draw() {
    const { store } = this;
    const { now } = store;
    const live = store.in("live").sort((one, other) => one.band - other.band || Date.parse(one.taken_at) - Date.parse(other.taken_at));
    const head = (card) => [el("td", {}, badge(card)), el("td", {}, told(card), " ", marks(card, now))];
    const minutes = (from) => span(now - from);
    this.rows("live", live, (card) => {
      const owed = this.owed(card);
      const late = owed !== null && now - owed > SILENT_AFTER * 60000;
      return [...head(card),
        el("td", {}, card.counsellor?.alias ?? "", card.second && el("span", { class: "soft" }, `・${card.second.alias}`), card.approvals > 0 && el("span", { class: "tag" }, "確認待ち")),
        el("td", { class: "number" }, minutes(Date.parse(card.claimed_at))),
        el("td", { class: late ? "number late" : "number" }, owed === null ? "" : `${minutes(owed)}${late ? "（返事がありません）" : ""}`),
        el("td", {}, el("div", { class: "row" }, this.lookIn(card.id), this.takeButton(card, "引き継ぐ"), card.escalation && el("a", { class: "button small danger", href: `/desk/escalations/${card.escalation.id}` }, "緊急対応")))];
    });
    this.rows("waiting", inOrder(store.in("waiting"), now, store.desk.ageing_seconds), (card) => [...head(card),
      el("td", {}, words(card.evidence)), el("td", { class: "number" }, minutes(Date.parse(card.since))),
      el("td", {}, el("div", { class: "row" }, this.lookIn(card.id), this.takeButton(card, "担当する")))]);
    this.rows("sheets", store.in("wrap_up"), (card) => [...head(card), el("td", {}, card.counsellor?.alias ?? ""),
      el("td", { class: "number" }, minutes(Date.parse(card.ended_at ?? card.since))),
      el("td", {}, el("a", { class: "button small", href: `/desk/talks/${card.id}/sheet` }, card.sheet === "filled" ? "確認する" : "記録を見る"))]);
    this.rows("intakes", this.intakes, (card) => [...head(card), el("td", { class: "number" }, minutes(Date.parse(card.opened_at))), el("td", { class: "number" }, String(card.lines)),
      el("td", {}, el("div", { class: "row" }, this.lookIn(card.id), this.takeButton(card, "いま担当する")))]);
    this.drawPeople(live);
  }

  drawPeople(live) {
    const { store } = this;
    const there = store.people.filter((one) => one.on_duty);
    const counsellors = there.filter((one) => one.role === "counsellor").length;
    const counted = store.desk.supervisor_excluded ? counsellors : there.length;
    const missing = Math.max(0, (store.desk.min_counsellors ?? 0) - counted);
    byId("staffing").textContent = missing > 0
      ? `相談員があと${missing}人必要です（いま${counted}人、決まりは${store.desk.min_counsellors}人以上${store.desk.supervisor_excluded ? "、業務責任者を除く" : ""}）。`
      : `相談員${counsellors}人、業務責任者${there.length - counsellors}人が受付中です。`;
    byId("staffing").classList.toggle("fine", missing === 0);
    fill(byId("people"), store.people.map((one) => {
      const theirs = live.filter((card) => card.counsellor?.id === one.id && !card.drill);
      const owed = Math.min(...theirs.map((card) => this.owed(card) ?? Infinity));
      const silent = store.now - owed > SILENT_AFTER * 60000;
      return el("tr", { class: one.on_duty ? null : "alone" },
        el("th", { scope: "row" }, one.alias, one.trainee && el("span", { class: "tag" }, "研修中"), one.role === "supervisor" && el("span", { class: "tag" }, "責任者")),
        el("td", {}, one.on_duty ? "受付中" : "いない"),
        el("td", { class: "number" }, `${theirs.length}件${one.role === "counsellor" ? ` / ${store.desk.limit}` : ""}${theirs.some((card) => card.level === "critical") ? "（緊急あり）" : ""}`),
        el("td", { class: silent ? "late" : null }, one.spoke_at ? time(one.spoke_at) : "", silent ? `　${span(store.now - owed)}返事がありません` : ""));
    }));
  }

  drawProposals() {
    const waiting = [...this.proposals.values()].filter((one) => one.by_id !== this.store.me.id);
    byId("proposals-count").textContent = waiting.length;
    byId("proposals-empty").hidden = waiting.length > 0;
    // The same buttons as in the talk itself.
    const lines = new Transcript({ lines: [], notes: [], proposals: [] }, this.store);
    keyed(byId("proposals"), waiting, (one) => one.id, (one) => {
      const item = el("li");
      lines.proposal(item, one);
      item.append(el("p", {}, this.lookIn(one.session)));
      return item;
    }, () => {});
  }

  async readIntakes() {
    try {
      this.intakes = (await get("intakes")).cards;
      afterPress(() => this.draw());
    } catch {
      // The next half minute tries again.
    }
  }
}

try {
  const [first, waiting] = await Promise.all([get("desk"), get("proposals")]);
  new Overview(first, waiting.proposals);
} catch (refused) {
  say(`${refused.message} 画面を読み込み直してください。`, true);
  throw refused;
}
