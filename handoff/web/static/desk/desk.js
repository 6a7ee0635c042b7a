// The desk: everything comes together here.

import { afterPress } from "/static/press.js";
import { get, post } from "./api.js";
import { Bell } from "./bell.js";
import { choose, confirm } from "./dialogs.js";
import { byId, el, fill, say } from "./dom.js";
import { Feed } from "./feed.js";
import { Panes } from "./panes.js";
import { QueueView } from "./queue.js";
import { Store } from "./store.js";
import { ALARMS } from "./words.js";

class Desk {
  constructor(first) {
    document.body.dataset.token = first.token;
    this.store = new Store(first);
    this.bell = new Bell(first.wishes);
    this.panes = new Panes(this.store, this);
    this.queue = new QueueView(this.store, this);
    this.feed = new Feed(first.cursor, (message) => afterPress(() => this.store.take(message)), (open) => this.lineState(open), () => this.store.shown());
    this.store.on("opened", (talk) => this.feed.watch(this.store.talks.keys(), talk));
    this.store.on("closed", () => this.feed.watch(this.store.talks.keys()));
    this.store.on("cards", () => this.ring());
    this.store.on("unread", () => this.bell.title(this.queue.waiting(), this.panes.unread));
    this.store.on("line", ({ talk, line, isNew }) => { if (isNew && line.author === "student" && this.store.mine(talk.card)) this.bell.ring("word"); });
    this.store.on("note", ({ talk, thing }) => { if (thing.kind === "whisper" && talk) { this.bell.ring("concern"); say(`${thing.by}さんから耳うちがあります。`); } });
    this.store.on("alarm", (alarm) => this.alarm(alarm));
    this.store.on("changed", ({ kind }) => { if (kind === "report") this.reports(); });
    this.store.on("card", ({ card, before }) => this.changed(card, before));
    this.store.on("gone", (gone) => this.gone(gone));
    setInterval(() => this.ring(), 5000);
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => setTimeout(() => afterPress(() => this.drawSound())), { once: true });
    this.buttons();
    this.keys();
    this.ring();
    for (const alarm of first.alarms) this.alarm(alarm);
  }

  async start() {
    for (const card of this.store.cards.values()) {
      if (this.store.mine(card) || this.store.besideMe(card) || card.offered_to?.id === this.store.me.id) await this.open(card.id, false);
    }
    const wanted = new URLSearchParams(location.search).get("open");
    if (wanted) {
      history.replaceState(null, "", "/desk/");
      await this.open(wanted);
    }
    document.body.dataset.ready = "yes";
  }

  ring() {
    const waiting = this.queue.waiting();
    this.bell.waiting(waiting);
    this.bell.title(waiting, this.panes.unread);
  }

  lineState(open) {
    const box = byId("line-state");
    box.textContent = open ? "つながっています" : "つなぎ直しています";
    box.classList.toggle("bad", !open);
    document.body.dataset.line = open ? "open" : "lost";
  }

  changed(card, before) {
    const { store } = this;
    const asked = card.offered_to?.id === store.me.id && before?.offered_to?.id !== store.me.id;
    const mine = store.mine(card) && !(before && store.mine(before));
    if (asked) {
      this.bell.ring("concern");
      say(`${card.counsellor?.alias ?? "相談員"}さんから、引き継ぎの願いがあります。`);
    }
    // What I claimed myself opens by the claim; this is for what others gave me.
    const given = asked || (mine && this.wanted !== card.id && this.wanted !== "next") || store.besideMe(card);
    if (given && !store.talks.has(card.id)) this.open(card.id, this.panes.panes.size === 0);
    if (before && store.mine(before) && !store.mine(card) && card.state === "waiting") say("この相談は、待ち行列に戻りました。");
    if (card.state === "wrap_up" && before?.state === "live" && store.talks.has(card.id)) say("相談が終わりました。記録を書いてください。");
  }

  gone({ id, state, by, before }) {
    if (this.store.talks.has(id)) {
      this.store.close(id);
      say(state === "closed" ? "相談を閉じました。" : state === "" ? "この相談は、いまは開けません。" : by ? `この相談は、${by.alias}さんが担当しています。` : "この相談は、ほかの人が担当しています。");
    } else if (before?.state === "waiting" && this.wanted === id && by) {
      say(`この相談は、${by.alias}さんが担当しています。`);
    }
  }

  /** A report came, or was worked on: how many wait stands in the bar, and a new one is heard. */
  async reports() {
    const box = byId("reports-count");
    const before = Number(box.dataset.waiting ?? box.textContent.replace(/\D/g, ""));
    const told = await get("../reports/state").catch(() => null);
    if (!told) return;
    box.dataset.waiting = told.waiting;
    fill(box, el("span", { class: "unseen" }, "未着手"), String(told.waiting), el("span", { class: "unseen" }, "件"));
    box.hidden = told.waiting === 0;
    if (told.waiting > before) {
      this.bell.ring("concern");
      say("新しい通報があります。");
    }
  }

  alarm({ code, session, report }) {
    const key = `${code}-${report ?? session}`;
    if ([...byId("alarms").children].some((one) => one.dataset.key === key)) return;
    this.bell.ring("critical");
    const box = el("p", { class: "trouble row", dataset: { key } }, `${this.store.cards.get(session)?.drill ? "訓練：" : ""}${ALARMS[code] ?? code}`,
      report && el("a", { class: "button small", href: `/desk/reports/${report}` }, "開く"),
      session && !report && el("button", { type: "button", class: "small", onclick: () => this.open(session) }, "開く"),
      el("button", { type: "button", class: "small", onclick: () => box.remove() }, "わかりました"));
    byId("alarms").append(box);
  }

  // What can be done, each by one verb of the service -----------------------------------------------------------

  async do(work, done = null) {
    try {
      const told = await work();
      if (done) say(done);
      return told;
    } catch (refused) {
      say(refused.message, true);
      return null;
    }
  }

  async open(id, withFocus = true) {
    if (this.store.talks.has(id)) { this.panes.show(id); return; }
    await this.do(() => this.store.open(id));
    if (withFocus) this.panes.show(id);
  }

  async claim(id) {
    this.wanted = id;
    const told = await this.do(() => post(`talks/${id}/claim`));
    if (told) await this.taken(id);
  }

  async next() {
    this.wanted = "next";
    const told = await this.do(() => post("next"));
    if (told && !told.session) say("いま待っている人はいません。");
    if (told?.session) await this.taken(told.session);
  }

  /** Opens, or reads again, what is mine now. */
  async taken(id) {
    await this.do(() => this.store.open(id));
    this.panes.show(id);
  }

  async takeOver(id) {
    const { card } = this.store.talks.get(id) ?? { card: this.store.cards.get(id) };
    const sure = await confirm("この相談を引き継ぎますか", card?.counsellor ? `いまは${card.counsellor.alias}さんが担当しています。引き継ぐと、${card.counsellor.alias}さんは書けなくなります。` : "あなたが担当します。", { yes: "引き継ぐ" });
    if (sure && await this.do(() => post(`talks/${id}/take-over`))) await this.taken(id);
  }

  answerOffer(id, accept) { return this.do(() => post(`talks/${id}/answer-offer`, { accept }), accept ? "引き継ぎました。" : "ことわりました。"); }
  switchWriter(id) { return this.do(() => post(`talks/${id}/switch`), "書く人を替えました。"); }
  leavePair(id) { return this.do(() => post(`talks/${id}/second`, { second: null }), "ペアをやめました。"); }
  closePane(id) { this.store.close(id); byId("next").focus(); }

  async pass(id) {
    const { card } = this.store.talks.get(id);
    const others = this.store.people.filter((one) => one.on_duty && one.id !== this.store.me.id && one.id !== card.counsellor?.id);
    const risky = card.level === "high" || card.level === "critical" || card.unscreened;
    const chosen = await choose("引き継ぐ・ペアになる", "相手が引き受けるまで、あなたの担当のままです。", [
      ...others.map((one) => ({ text: `${one.alias}さんに引き継ぐ`, told: one.trainee && risky ? "　研修中（この相談は担当できません）" : `　担当${one.live}件`, disabled: one.trainee && risky, value: ["offer", one] })),
      ...(card.offered_to ? [{ text: "頼んだ引き継ぎを取り消す", value: ["offer", null] }] : []),
      ...others.map((one) => ({ text: `${one.alias}さんとペアになる`, told: "　一人が書き、一人が読みます", value: ["second", one] })),
      ...(card.second ? [{ text: "ペアをやめる", value: ["second", null] }] : []),
      { text: "待ち行列に戻す", told: "　順番はそのままです", value: ["release", null] },
    ]);
    if (!chosen) return;
    const [verb, one] = chosen;
    if (verb === "offer") await this.do(() => post(`talks/${id}/offer`, { to: one?.id ?? null }), one ? `${one.alias}さんに頼みました。` : "取り消しました。");
    else if (verb === "second") await this.do(() => post(`talks/${id}/second`, { second: one?.id ?? null }), one ? `${one.alias}さんとペアになりました。` : "ペアをやめました。");
    else if (await this.do(() => post(`talks/${id}/release`), "待ち行列に戻しました。")) this.store.close(id);
  }

  async askPicture(id) {
    const chosen = await choose("写真を一枚受ける", "押すと、写真を一枚送れることを本人に伝えます。一枚届くか、しばらくたつと終わります。", [
      { text: "一枚だけ、受けられるようにする", value: "open" }, { text: "受けるのをやめる", value: "close" }]);
    if (!chosen) return;
    // What takes a window back must not overtake what opens it, or it would stay open.
    this.pictures = (this.pictures ?? Promise.resolve()).then(() => this.do(() => post(`talks/${id}/picture/${chosen}`), chosen === "open" ? "本人に伝えました。" : "やめました。"));
    await this.pictures;
  }

  async end(id) {
    const { card } = this.store.talks.get(id);
    const risky = card.level === "high" || card.level === "critical" || card.unscreened;
    const sure = await confirm("この相談を終えますか", `${risky ? "危険度が高い相談です。安全を確かめましたか。" : ""}終えると記録に進みます。生徒がまた書くと、続きになります。`, { yes: "終えて記録に進む", danger: risky });
    if (sure && await this.do(() => post(`talks/${id}/end`))) location.assign(`/desk/talks/${id}/sheet`);
  }

  async closeUntaken(id) {
    const reason = await choose("担当せずに終える", "理由を選んでください。危険度が高い相談は、担当しないと終えられません。", [
      { text: "読んだ（返事はいらない伝言）", value: "read" }, { text: "本人が取り下げた", value: "withdrawn" }, { text: "いたずら・宣伝", value: "prank" }]);
    if (reason && await this.do(() => post(`talks/${id}/close`, { reason }), "閉じました。")) this.store.close(id);
  }

  // Buttons and keys -------------------------------------------------------------------------------------------

  buttons() {
    byId("next").addEventListener("click", () => this.next());
    byId("help-button").addEventListener("click", () => byId("help").showModal());
    byId("sound").addEventListener("click", () => this.mute());
    const duty = byId("duty");
    const me = () => this.store.people.find((one) => one.id === this.store.me.id);
    const draw = () => {
      const on = me()?.on_duty ?? true;
      duty.setAttribute("aria-pressed", on ? "true" : "false");
      duty.textContent = on ? "受付中" : "休憩中";
    };
    duty.addEventListener("click", () => this.do(() => post("duty", { on: duty.getAttribute("aria-pressed") !== "true" })));
    this.store.on("people", draw);
    draw();
    this.drawSound();
  }

  drawSound() {
    byId("sound").setAttribute("aria-pressed", this.bell.sound ? "true" : "false");
    byId("sound").textContent = this.bell.sound ? (this.bell.audio ? "音 入" : "音 入（どこかを押すと鳴ります）") : "音 切";
  }

  mute() {
    this.bell.sound = !this.bell.sound;
    this.drawSound();
    this.do(() => post("wishes", { sound: this.bell.sound }));
  }

  keys() {
    addEventListener("keydown", (event) => {
      if (event.isComposing || document.querySelector("dialog[open]")) return;
      const writing = event.target.closest?.("textarea, input, select");
      if (event.key === "?" && !writing) { byId("help").showModal(); event.preventDefault(); return; }
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const pane = this.panes.panes.get(this.panes.current);
      const key = event.code.replace(/^(Key|Digit)/, "");
      const run = {
        N: () => this.next(), Q: () => this.queue.focus(), M: () => this.mute(),
        ArrowLeft: () => this.panes.step(-1), ArrowRight: () => this.panes.step(1),
        I: () => pane?.head.querySelector('[data-act="info"]')?.click(), O: () => pane?.details.toNote(),
        T: () => pane?.mine && this.pass(pane.id), E: () => pane?.mine && this.end(pane.id),
      }[key] ?? (/^[1-9]$/.test(key) ? () => this.panes.at(Number(key) - 1) : null);
      if (!run) return;
      event.preventDefault();
      run();
    });
  }
}

try {
  const desk = new Desk(await get("desk"));
  await desk.start();
} catch (refused) {
  say(`${refused.message} 画面を読み込み直してください。`, true);
  throw refused;
}
