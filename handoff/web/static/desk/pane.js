// One open talk: its head, its lines, where one writes, and what can be done with it.

import { Composer } from "./composer.js";
import { Details } from "./details.js";
import { el, fill } from "./dom.js";
import { badge, marks, told } from "./queue.js";
import { Transcript } from "./transcript.js";
import { ENDED, levelOf, span } from "./words.js";

export class Pane {
  /** `act`: what the desk can do with a session, by verbs. */
  constructor(talk, store, act) {
    this.talk = talk;
    this.store = store;
    this.act = act;
    this.transcript = new Transcript(talk, store);
    this.details = new Details(talk, store);
    this.composer = new Composer(talk, store);
    this.head = el("header", { class: "pane-head" });
    this.foot = el("div", { class: "pane-foot" });
    this.unread = 0;
    this.element = el("article", { class: "pane", id: `pane-${talk.card.id}`, role: "tabpanel", tabindex: "-1" },
      this.head, el("div", { class: "pane-body" }, this.transcript.element, this.details.element), this.foot);
    this.draw();
    this.transcript.draw(true);
    this.details.toggle(talk.earlier.length > 0 || Boolean(talk.care.plan));
  }

  get id() { return this.talk.card.id; }
  get mine() { return this.store.mine(this.talk.card); }

  draw() {
    const { card } = this.talk;
    this.element.className = `pane at-${levelOf(card)}${this.mine ? " mine" : ""}${card.drill ? " drill" : ""}`;
    this.element.setAttribute("aria-label", `${told(card)}との相談`);
    this.drawHead();
    this.drawFoot();
    if (!this.details.element.hidden && !this.details.element.contains(document.activeElement)) this.details.draw();
  }

  drawHead() {
    const { card } = this.talk;
    const { act, store } = this;
    const shown = JSON.stringify([card, this.timer()]);
    if (this.head.dataset.shown === shown) return;
    this.head.dataset.shown = shown;
    const focused = this.head.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const button = (name, text, title, run, kind = "small") => el("button", { type: "button", class: kind, title, dataset: { act: name }, onclick: run }, text);
    const supervised = store.me.supervisor && card.state === "live" && !this.mine;
    fill(this.head,
      el("p", { class: "row" }, badge(card), el("strong", { class: "pane-who" }, told(card)), marks(card, store.now), el("span", { class: "soft number" }, this.timer())),
      el("p", { class: "row" },
        this.people(),
        card.offered_to?.id === store.me.id && [
          button("accept", `${card.counsellor?.alias ?? "相談員"}さんから引き継ぐ`, "", () => act.answerOffer(card.id, true), "small primary"),
          button("decline", "ことわる", "", () => act.answerOffer(card.id, false))],
        this.mine && store.desk.picture && button("picture", "写真を一枚受ける", "", () => act.askPicture(card.id)),
        this.mine && [button("pass", "引き継ぐ・ペア", "Alt+T", () => act.pass(card.id)), button("end", "終える", "Alt+E", () => act.end(card.id))],
        store.besideMe(card) && [button("switch", "わたしが書く", "", () => act.switchWriter(card.id)), button("leave", "ペアをやめる", "", () => act.leavePair(card.id))],
        this.mine && card.second && button("switch", `${card.second.alias}さんが書く`, "", () => act.switchWriter(card.id)),
        supervised && button("take", "引き継いで担当する", "", () => act.takeOver(card.id)),
        card.escalation && el("a", { class: "button small danger", href: `/desk/escalations/${card.escalation.id}`, target: "_blank", rel: "noopener" }, "緊急対応"),
        button("info", this.details.element.hidden ? "情報を開く" : "情報を閉じる", "Alt+I", () => { this.details.toggle(); this.head.dataset.shown = ""; this.drawHead(); }),
        !this.mine && button("close", "閉じる", "", () => act.closePane(card.id))));
    if (focused) this.head.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  people() {
    const { card } = this.talk;
    const parts = [];
    if (card.counsellor && !this.mine) parts.push(`担当 ${card.counsellor.alias}`);
    if (card.second) parts.push(`ペア ${card.second.alias}`);
    if (card.offered_to && card.offered_to.id !== this.store.me.id) parts.push(`${card.offered_to.alias}さんに引き継ぎを頼んでいます`);
    return parts.length > 0 && el("span", { class: "soft" }, parts.join("　"));
  }

  timer() {
    const { card } = this.talk;
    const now = this.store.now;
    if (card.state !== "live" || !card.claimed_at) return "";
    const minutes = (now - Date.parse(card.claimed_at)) / 60000;
    const limit = this.store.desk.soft_limit_minutes;
    let shown = `開始から${span(minutes * 60000)}`;
    if (limit && minutes >= limit) shown += `（目安の${limit}分を過ぎました）`;
    if (card.wrote_at && (!card.heard_at || card.wrote_at > card.heard_at)) shown += `・返事を待って${span(now - Date.parse(card.wrote_at))}`;
    return shown;
  }

  drawFoot() {
    const { card } = this.talk;
    const { act } = this;
    const kind = this.mine ? "mine" : card.state;
    if (this.foot.dataset.kind === kind) return;
    this.foot.dataset.kind = kind;
    if (this.mine) { fill(this.foot, this.composer.element); return; }
    if (card.state === "waiting") {
      fill(this.foot, el("p", { class: "row" }, el("button", { type: "button", class: "primary", onclick: () => act.claim(card.id) }, "この相談を担当する"),
        el("button", { type: "button", class: "small", onclick: () => act.closeUntaken(card.id) }, "担当せずに終える")));
    } else if (card.state === "wrap_up") {
      fill(this.foot, el("p", { class: "row" }, el("span", {}, `相談は終わりました（${ENDED[card.ended_reason] ?? "終了"}）。生徒がまた書くと、続きになります。`),
        el("a", { class: "button primary", href: `/desk/talks/${card.id}/sheet` }, "記録を書く")));
    } else if (card.state === "left_message") {
      fill(this.foot, el("p", { class: "row" }, el("span", { class: "soft" }, "時間外の伝言です。受付が始まると、待っている人の一覧に入ります。"),
        el("button", { type: "button", class: "small", onclick: () => act.closeUntaken(card.id) }, "担当せずに終える"),
        this.store.me.supervisor && el("button", { type: "button", class: "small", onclick: () => act.takeOver(card.id) }, "いま担当する")));
    } else {
      fill(this.foot, el("p", { class: "soft" }, card.state === "live" ? "ほかの人が担当しています。読むだけです。" : "この相談は終わっています。"));
    }
  }

  line(line, isNew) {
    this.transcript.draw();
    if (isNew && line.author === "student" && !this.looked()) this.unread += 1;
  }

  looked() { return !document.hidden && this.element.contains(document.activeElement) && this.transcript.atEnd(); }
  seen() { this.unread = 0; }
  focus() {
    this.seen();
    (this.mine ? this.composer.text : this.element).focus();
  }
}
