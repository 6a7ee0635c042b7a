// The list at the left: who waits, in the order in which they are taken; messages that were left; sheets to be done.

import { afterPress } from "/static/press.js";
import { byId, el, fill, keyed, words } from "./dom.js";
import { inOrder } from "./order.js";
import { CATEGORIES, CHANNELS, LEVELS, ROLES, TOPICS, WANTED, date, levelOf, span } from "./words.js";

/** A badge: a word, a colour and a shape. */
export function badge(card) {
  const level = levelOf(card);
  return el("span", { class: `level level-${level}` }, el("span", { class: "unseen" }, "危険度 "), LEVELS[level]);
}

/** What is known of somebody, in a row of short words; a drill is named before all else, wherever one is spoken of. */
export function told(card) {
  const parts = [card.who === "不明" ? "学年・年齢 不明" : card.who];
  if (card.role && card.role !== "self" && ROLES[card.role] !== card.who) parts.push(ROLES[card.role] ?? "");
  if (TOPICS[card.topic]) parts.push(TOPICS[card.topic]);
  if (card.earlier > 0) parts.push(`前にも${card.earlier}回`);
  return `${card.drill ? "訓練：" : ""}${parts.filter(Boolean).join("・")}`;
}

/** The last day on which nobody answers somebody (TAJ-5), in words; nothing where they are answered. */
export function blockedUntil(card, now) {
  const ends = card.blocked_until ? Date.parse(card.blocked_until) : 0;
  return now < ends ? date(new Date(ends - 1).toISOString()) : "";
}

export function marks(card, now) {
  const found = [];
  const until = blockedUntil(card, now);
  if (until) found.push(el("span", { class: "tag bad" }, `受付を止めています（${until}まで）`));
  if (card.channel === "web" && !card.drill && card.state === "live") found.push(el("span", { class: card.here ? "tag good" : "tag" }, card.here ? "画面を開いています" : "画面を閉じています"));
  if (card.channel !== "line" && !card.drill) found.push(el("span", { class: "tag" }, CHANNELS[card.channel] ?? card.channel));
  if (card.escalation) found.push(el("span", { class: "tag bad" }, "緊急対応中"));
  if (card.one_way) found.push(el("span", { class: "tag" }, card.called ? "伝言・声をかけました" : "伝言"));
  else if (card.called) found.push(el("span", { class: "tag good" }, "もどってきました"));
  if (card.wanted === "conduct") found.push(el("span", { class: "tag" }, "内容の確認"));
  if (card.frequent) found.push(el("span", { class: "tag" }, "頻回"));
  if (card.impersonation) found.push(el("span", { class: "tag" }, "なりすましの疑い"));
  if (card.planned) found.push(el("span", { class: "tag" }, "方針あり"));
  return found;
}

/** How many there are; a drill is named and not counted. */
export function counted(cards) {
  const drills = cards.filter((card) => card.drill).length;
  return `${cards.length - drills}${drills ? `・訓練${drills}` : ""}`;
}

export class QueueView {
  /** `act` has `open(id)`, `claim(id)`. */
  constructor(store, act) {
    this.store = store;
    this.act = act;
    store.on("cards", () => this.draw());
    store.on("people", () => this.drawTeam());
    store.on("window", () => this.drawWindow());
    setInterval(() => afterPress(() => { this.draw(); this.drawWindow(); }), 10000);
    for (const id of ["queue", "left", "sheets"]) byId(id).addEventListener("keydown", (event) => this.key(event));
    this.draw();
    this.drawTeam();
    this.drawWindow();
  }

  /** A supervisor's closure, as long as it holds. */
  drawWindow() {
    const { closed_until: until, until_words: words } = this.store.window;
    const box = byId("window");
    box.hidden = !until || this.store.now >= Date.parse(until);
    const text = box.hidden ? "" : `休業中です（${words}まで）。いまの相談は最後まで話せます。危険度が高い相談は、いつもどおり届きます。`;
    if (box.textContent !== text) box.textContent = text;
  }

  waiting() {
    return inOrder(this.store.in("waiting"), this.store.now, this.store.desk.ageing_seconds);
  }

  draw() {
    const { store } = this;
    const waiting = this.waiting();
    // By risk alone: a night's wait would lift everything as high.
    const left = inOrder(store.in("left_message"), store.now, Infinity);
    const sheets = store.in("wrap_up");
    byId("queue-count").textContent = counted(waiting);
    byId("queue-empty").hidden = waiting.length > 0;
    this.list("queue", waiting);
    this.list("left", left);
    this.list("sheets", sheets);
    byId("left-title").hidden = left.length === 0;
    byId("left-count").textContent = counted(left);
    byId("sheets-title").hidden = sheets.length === 0;
    byId("sheets-count").textContent = counted(sheets);
  }

  list(id, cards) {
    keyed(byId(id), cards, (card) => card.id, (card) => this.make(card), (element, card) => this.renew(element, card));
  }

  make(card) {
    const item = el("li", { class: "card-item", tabindex: "0", "aria-keyshortcuts": "Enter C" });
    item.addEventListener("click", (event) => { if (!event.target.closest("button, a")) this.act.open(item.dataset.key); });
    this.renew(item, card);
    return item;
  }

  renew(item, card) {
    const level = levelOf(card);
    item.className = `card-item at-${level}${card.drill ? " drill" : ""}`;
    const waits = span(this.store.now - Date.parse(card.state === "wrap_up" ? card.ended_at ?? card.since : card.since));
    const told_ = told(card);
    item.setAttribute("aria-label", `${LEVELS[level]}、${told_}、${waits}`);
    const shown = JSON.stringify([card, waits]);
    if (item.dataset.shown === shown) return;
    item.dataset.shown = shown;
    // Whoever has the focus on a button keeps it: the buttons stay while they do the same.
    const does = JSON.stringify([card.state, card.sheet, card.sheet_by]);
    if (item.dataset.does !== does) fill(item, el("p", { class: "row" }, this.buttons(card)));
    item.dataset.does = does;
    const row = item.lastElementChild;
    while (row.previousElementSibling) row.previousElementSibling.remove();
    row.before(...[
      el("p", { class: "card-head" }, badge(card), el("strong", {}, told_), el("span", { class: "waits number" }, waits)),
      card.evidence.length > 0 && el("p", { class: "evidence" }, words(card.evidence)),
      el("p", { class: "card-tags" }, card.categories.map((one) => el("span", { class: "tag" }, CATEGORIES[one] ?? one)), marks(card, this.store.now),
        card.wanted && card.wanted !== "student" && card.state === "waiting" && card.wanted !== "conduct" ? el("span", { class: "soft" }, WANTED[card.wanted]) : null),
    ].filter(Boolean));
  }

  buttons(card) {
    if (card.state === "waiting") {
      return [
        el("button", { type: "button", class: "small primary", onclick: () => this.act.claim(card.id) }, "担当する"),
        el("button", { type: "button", class: "small", onclick: () => this.act.open(card.id) }, "読む"),
      ];
    }
    if (card.state === "wrap_up") {
      const sign = card.sheet === "filled";
      return [
        el("a", { class: "button small", href: `/desk/talks/${card.id}/sheet` }, sign ? "確認する" : "記録を書く"),
        sign ? el("span", { class: "soft" }, `${card.sheet_by?.alias ?? ""}さんの記録・二人目の確認待ち`) : null,
      ];
    }
    return [el("button", { type: "button", class: "small", onclick: () => this.act.open(card.id) }, "読む")];
  }

  key(event) {
    const item = event.target.closest(".card-item");
    if (!item || event.target !== item) return;
    const moves = { ArrowDown: item.nextElementSibling, ArrowUp: item.previousElementSibling };
    if (event.key in moves) {
      moves[event.key]?.focus();
      event.preventDefault();
    } else if (event.key === "Enter") {
      this.act.open(item.dataset.key);
    } else if (event.key.toLowerCase() === "c" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.act.claim(item.dataset.key);
    }
  }

  focus() { (byId("queue").firstElementChild ?? byId("next")).focus(); }

  drawTeam() {
    const there = this.store.people.filter((one) => one.on_duty);
    const counsellors = there.filter((one) => one.role === "counsellor").length;
    const counted = this.store.desk.supervisor_excluded ? counsellors : there.length;
    const missing = (this.store.desk.min_counsellors ?? 0) - counted;
    byId("team").textContent = `受付中 ${there.map((one) => `${one.alias}(${one.live})`).join("、") || "なし"}`
      + (missing > 0 ? `　相談員があと${missing}人必要です。` : "");
    byId("team").classList.toggle("lacking", missing > 0);
  }
}
