// A conversation as elements: bubbles, dates, the waiting dots. Words are only ever set as text, never as HTML.

import { contentAddress } from "./simulator-api.js";

const ZONE = "Asia/Tokyo";
const TIME = new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
const DAY = new Intl.DateTimeFormat("ja-JP", { month: "long", day: "numeric", weekday: "short", timeZone: ZONE });
const LINKS = /(https?:\/\/[^\s、。「」（）<>"']+)|(?<![\d-])(0\d{1,4}-\d{1,4}-\d{3,5}|#\d{4})(?![\d-])/g;

export const timeOf = (ms) => TIME.format(ms);
export const dayOf = (ms) => DAY.format(ms);

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export function day(ms) {
  return element("p", "day", dayOf(ms));
}

/** What stands in a conversation without a word. */
export function empty() {
  const made = element("div", "empty");
  const image = picture(true);
  made.append(image, element("p", "", "まだメッセージはありません"));
  return made;
}

/** One row; `first` of several lines of the bot carries its picture. */
export function row(entry, { first, onMenu, onAgain }) {
  if (entry.author === "system") return systemRow(entry);
  const mine = entry.author === "student";
  if (entry.unsent) return noteRow(entry, "メッセージの送信を取り消しました");
  const made = element("div", mine ? "row mine" : "row theirs");
  made.dataset.seq = entry.seq;
  if (!mine) made.append(picture(first));
  const column = element("div", "column");
  if (!mine && entry.sender) column.append(element("p", "sender", entry.sender));
  const line = element("div", "line");
  const said = bubble(entry);
  said.prepend(element("span", "hidden", mine ? "わたし：" : "窓口："));
  line.append(said, meta(entry));
  column.append(line);
  if (mine && entry.delivery === "failed") column.append(failed(entry, onAgain));
  made.append(column);
  if (mine) withMenu(line, said, entry, onMenu);
  return made;
}

function systemRow(entry) {
  if (entry.kind === "follow") return noteRow(entry, "友だちに追加しました");
  if (entry.kind === "unfollow") return noteRow(entry, "ブロックしました");
  return noteRow(entry, entry.text);
}

function noteRow(entry, text) {
  const made = element("p", "note", text);
  made.dataset.seq = entry.seq;
  return made;
}

function picture(first) {
  if (!first) return element("span", "face none");
  const image = element("img", "face");
  image.src = "/simulator/static/simulator-icons/knot.svg";
  image.alt = "";
  return image;
}

function bubble(entry) {
  if (entry.kind === "sticker") {
    const made = element("div", "sticker");
    made.append(element("span", "hidden", "スタンプ "), element("span", "", entry.text || "🙂"));
    return made;
  }
  if (entry.kind === "image" && entry.detail.content) {
    const made = element("div", "photo");
    const image = element("img");
    image.src = contentAddress(entry.detail.content);
    image.alt = "送った写真";
    made.append(image);
    return made;
  }
  const made = element("div", "bubble");
  if (entry.kind === "location") {
    made.append(element("span", "icon pin"), element("span", "", entry.detail.title || "場所"));
    made.classList.add("place");
    if (entry.text) made.append(element("span", "address", entry.text));
    return made;
  }
  const placeholders = { image: "写真", video: "動画", audio: "音声", file: "ファイル", unknown: "新しい種類のメッセージ" };
  made.append(...linked(entry.kind in placeholders ? `【${placeholders[entry.kind]}】${entry.text}` : entry.text));
  if (entry.edited) made.append(element("span", "edited", "（編集ずみ）"));
  return made;
}

/** Addresses and phone numbers become links, as LINE makes them. */
function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINKS)) {
    parts.push(text.slice(from, found.index));
    const link = element("a", "", found[0]);
    if (found[1]) {
      link.href = found[1];
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    } else {
      link.href = `tel:${found[2]}`;
    }
    parts.push(link);
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

function meta(entry) {
  const made = element("span", "meta");
  const at = element("time", "", timeOf(entry.at_ms));
  at.dateTime = new Date(entry.at_ms).toISOString();
  if (entry.author === "student" && entry.delivery === "sending") made.append(element("span", "", "送信中"));
  made.append(at);
  return made;
}

function failed(entry, onAgain) {
  const made = element("p", "failed");
  made.append(element("span", "icon alert"), element("span", "", "届きませんでした"));
  const again = element("button", "again", "もう一度送る");
  again.type = "button";
  again.addEventListener("click", () => onAgain(entry, again));
  made.append(again);
  return made;
}

function withMenu(line, said, entry, onMenu) {
  const button = element("button", "menu-open");
  button.type = "button";
  button.setAttribute("aria-haspopup", "true");
  button.append(element("span", "icon more"), element("span", "hidden", "このメッセージの操作"));
  button.addEventListener("click", () => onMenu(entry, line, button));
  line.append(button);
  let timer = 0;
  const stop = () => clearTimeout(timer);
  said.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") timer = setTimeout(() => onMenu(entry, line, button), 500);
  });
  for (const name of ["pointerup", "pointercancel", "pointermove", "pointerleave"]) said.addEventListener(name, stop);
  said.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    onMenu(entry, line, button);
  });
}

export function waiting() {
  const made = element("div", "row theirs waiting");
  const dots = element("div", "bubble dots");
  dots.append(element("span", "hidden", "返事を準備しています"), element("i"), element("i"), element("i"));
  made.append(picture(true), dots);
  return made;
}

/** The small menu above one's own bubble; returns what closes it. */
export function bubbleMenu(line, opener, onUnsend) {
  const menu = element("div", "bubble-menu");
  const unsend = element("button", "", "送信取消");
  unsend.type = "button";
  menu.append(unsend);
  line.append(menu);
  const outside = (event) => menu.contains(event.target) || close();
  const close = () => {
    document.removeEventListener("pointerdown", outside);
    menu.remove();
  };
  unsend.addEventListener("click", () => {
    close();
    onUnsend();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    opener.focus();
  });
  document.addEventListener("pointerdown", outside);
  unsend.focus();
  return close;
}

/** Keeps the end of a conversation in view when trays, candidates, a keyboard or a picture take room; returns toEnd(). */
export function keepEnd(log) {
  let atEnd = true;
  let height = 0;
  let ours = -1;
  const stay = () => {
    if (!atEnd) return;
    log.scrollTop = log.scrollHeight;
    ours = log.scrollTop;
  };
  log.addEventListener("scroll", () => {
    // A scroll that comes with a new height, or to where we went, was the browser's or ours, not the reader's. Candidates
    // that go and come within one frame leave the height as it was, so that only this tells that there is more to go.
    if (atEnd && log.scrollTop === ours) stay();
    else if (log.clientHeight === height) atEnd = log.scrollHeight - log.scrollTop - height < 48;
  });
  log.addEventListener("load", stay, true);
  new ResizeObserver(() => {
    height = log.clientHeight;
    stay();
  }).observe(log);
  return () => {
    atEnd = true;
    stay();
  };
}
