// What a counsellor needs beside the words: what was heard, the procedure's record, the plan, earlier talks, notes.

import { post } from "./api.js";
import { el, fill, say, words } from "./dom.js";
import { CATEGORIES, CHANNELS, INTAKE, LEVELS, ROLES, TOPICS, WANTED, date, time } from "./words.js";

function value(name, told) {
  if (name === "topic") return TOPICS[told] ?? told;
  if (name === "role") return ROLES[told] ?? told;
  return name === "age" && /^\d+$/.test(told) ? `${told}歳` : told;
}

export class Details {
  constructor(talk, store) {
    this.talk = talk;
    this.store = store;
    this.element = el("aside", { class: "details", "aria-label": "聞きとったこと・メモ", hidden: true, tabindex: "-1" });
    this.noteText = el("textarea", { rows: "2", maxlength: "4000", "aria-label": "内部メモ（生徒には見えません）", placeholder: "内部メモ（生徒には見えません）" });
    this.noteText.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) this.write("note");
    });
  }

  draw() {
    const { talk, store } = this;
    const { card, care } = talk;
    const whispers = store.me.supervisor || card.second?.id === store.me.id;
    fill(this.element,
      care.plan || care.way || care.frequent || care.impersonation ? el("section", { class: "plan" },
        el("h3", {}, "この人への方針"),
        (care.frequent || care.impersonation) && el("p", {}, care.frequent && el("span", { class: "tag" }, "頻回"), care.impersonation && el("span", { class: "tag" }, "なりすましの疑い")),
        care.plan && el("p", {}, words([[care.plan, false]])), care.way && el("p", {}, "合わせ方: ", words([[care.way, false]])),
        care.by && el("p", { class: "hint" }, `${care.by}・${date(care.at)}`)) : null,
      el("section", {}, el("h3", {}, "聞きとったこと"),
        el("dl", {}, Object.entries(INTAKE).flatMap(([name, label]) => [el("dt", {}, label), el("dd", {}, card.intake[name] ? words([[value(name, card.intake[name]), false]]) : el("span", { class: "soft" }, "未聴取"))])),
        card.wanted && el("p", { class: "hint" }, `相談員を求めた理由: ${WANTED[card.wanted] ?? card.wanted}`),
        card.categories.length > 0 && el("p", { class: "hint" }, `危険の種類: ${card.categories.map((one) => CATEGORIES[one] ?? one).join("・")}`),
        talk.schools.length > 0 && el("details", { open: this.schoolsOpen, ontoggle: ({ target }) => { this.schoolsOpen = target.open; } },
          el("summary", {}, `学校の候補 ${talk.schools.length + talk.more_schools}校`),
          el("ul", { class: "plain" }, talk.schools.map((one) => el("li", {}, `${one.name}（${one.place}）`, el("span", { class: "hint" }, ` ${one.reason}`)))),
          el("p", { class: "hint" }, `${talk.more_schools > 0 ? `ほかに${talk.more_schools}校あります。` : ""}この中にあるとはかぎりません。選ぶのは終了記録です。`))),
      this.procedure(),
      el("section", {}, el("h3", {}, "書きのこす"),
        this.noteText,
        el("p", { class: "row" },
          el("button", { type: "button", class: "small", onclick: () => this.write("note") }, "内部メモを残す"),
          el("button", { type: "button", class: "small", title: "つらい相談のあとに。業務責任者と話すための覚え書き", onclick: () => this.write("debriefing") }, "ふりかえりを残す"),
          whispers && el("button", { type: "button", class: "small", onclick: () => this.write("whisper") }, "耳うちする"),
          el("a", { class: "button small", href: `/desk/talks/${card.id}/care`, target: "_blank", rel: "noopener" }, "用事・方針"))),
      el("section", {}, el("h3", {}, "いま使える窓口"),
        [talk.help_lines.phone, talk.help_lines.text].filter(Boolean).map((lines) => el("p", { class: "help-lines" }, lines)),
        el("p", { class: "hint" }, "命の危険があるときは 119・110。定型文（/）からも入れられます。")),
      el("section", {}, el("h3", {}, "前の相談"),
        talk.earlier.length === 0 ? el("p", { class: "soft" }, "ありません。")
          : el("ul", { class: "earlier" }, talk.earlier.map((one) => el("li", {},
            el("a", { href: `/desk/?open=${one.id}`, target: "_blank", rel: "noopener" }, `${date(one.opened_at)} ${time(one.opened_at)}`),
            one.channel !== "line" && el("span", { class: "tag" }, CHANNELS[one.channel] ?? one.channel), " ",
            one.has_sheet && el("a", { href: `/desk/talks/${one.id}/sheet`, target: "_blank", rel: "noopener" }, "記録"), " ",
            one.level && one.level !== "none" && el("span", { class: `level level-${one.level}` }, LEVELS[one.level]),
            one.by && el("span", { class: "soft" }, one.by), one.summary && el("p", { class: "hint" }, words([[one.summary.slice(0, 120), false]])))))));
  }

  /** The record that a board's procedure left (HYO-4.1②). */
  procedure() {
    if (!this.talk.procedure) return null;
    let record;
    try {
      record = JSON.parse(this.talk.procedure);
    } catch {
      return null;
    }
    return el("section", {}, el("h3", {}, record.title || "手順の記録"),
      el("dl", {}, (record.answers ?? []).flatMap((one) => [el("dt", {}, one.label), el("dd", {}, words([[String(one.answer), false]]))])),
      (record.to_do ?? []).length > 0 && [el("p", {}, el("strong", {}, "相談員がすること")), el("ul", {}, record.to_do.map((one) => el("li", {}, words([[one, false]]))))]);
  }

  async write(kind) {
    const text = this.noteText.value.trim();
    if (!text) { this.noteText.focus(); return; }
    this.key ??= crypto.randomUUID();
    try {
      await post(`talks/${this.talk.card.id}/note`, { kind, text, key: this.key });
      this.key = null;
      this.noteText.value = "";
      say({ note: "内部メモを残しました。", whisper: "耳うちしました。相談員だけに見えます。", debriefing: "ふりかえりを残しました。" }[kind]);
    } catch (refused) {
      say(refused.message, true);
    }
  }

  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    if (open) this.draw();
  }

  toNote() {
    this.toggle(true);
    this.noteText.focus();
  }
}
