// The chat's page. Nothing of what is written here is kept anywhere but in this page's memory while it is open.

import { HEADER, solve } from "/static/fair/work.js";
import { afterPress } from "/static/press.js";
import { byId, newKey } from "./dom.js";
import { watchLeaving } from "./leave.js";
import { Link } from "./link.js";
import { Talk } from "./talk.js";

const LONGEST = Number(document.body.dataset.longest);
const MINUTES = document.body.dataset.minutes;
const STATES = {
  new: "つながりました", bot: "自動の案内が答えています", left: "あずかりました。相談員があとで読みます",
  waiting: "相談員につないでいます", live: "相談員が読んでいます", ended: "相談は終わりました",
};
/** Milliseconds between two words that somebody writes here, and for how long it's shown that somebody there does. */
const TYPING_EVERY = 4000;
const TYPING_FOR = 20000;

const text = byId("text");
const said = byId("said");
let token = document.body.dataset.token;
let link = null;
let talk = null;
let state = "";
let clearing = 0;
let typingTimer = 0;
let typedAt = 0;

const gone = watchLeaving(() => {
  if (!token) return;
  const body = new URLSearchParams({ token });
  if (navigator.sendBeacon) navigator.sendBeacon("/chat/leave", body);
  else fetch("/chat/leave", { method: "POST", body, credentials: "same-origin", keepalive: true });
  if (link) link.stop();
});

// The room ------------------------------------------------------------------------------------------------------------

function enter() {
  byId("first").hidden = true;
  byId("room").hidden = false;
  document.body.classList.add("talking");
  if (window.matchMedia("(max-width: 60rem)").matches) byId("lines").open = false;
  talk = new Talk(write);
  link = new Link(token, (message) => afterPress(() => hear(message)), over);
  talk.note(`この画面の言葉は、相談が終わって${MINUTES}分たつと消えます。`);
  text.focus();
}

function hear(message) {
  if (gone()) return;
  if (message.keep && talk.keepOnly(message.keep)) cleared();
  if (message.lines && message.lines.length) {
    const others = message.lines.some((line) => line.by !== "me");
    talk.add(message.lines);
    if (others) typing(false);
  }
  if (message.stored) talk.mark(message.stored, "stored");
  if (message.refused) talk.mark(message.refused, "refused", message.message);
  if (message.typing !== undefined) typing(message.typing);
  if (message.status) show(message.status);
  said.textContent = "";
}

function show(status) {
  const before = state;
  state = status.state;
  byId("state").textContent = STATES[state] || "";
  document.body.dataset.state = state;
  byId("end").hidden = state === "ended" || state === "new";
  if (state === "ended" && before && before !== "ended") {
    talk.note(`相談は終わりました。この画面の言葉は、終わって${MINUTES}分たつと消えます。また書くと、続けて相談できます。`);
  }
  clearTimeout(clearing);
  // Also while the network is away: at a school's tablet the next one is somebody else.
  if (status.clears_in !== null) clearing = setTimeout(() => forget(), (status.clears_in + 1) * 1000);
}

/** The time is over: what the service would leave is asked for; without it nothing is left. */
function forget() {
  if (link && link.ready) return; // it says by itself what stays
  talk.clear();
  cleared();
}

function cleared() {
  talk.note("終わった相談の言葉を、この画面から消しました。窓口には、決まった期間だけ記録が残ります。話したくなったら、また書いてください。");
}

function typing(shown) {
  clearTimeout(typingTimer);
  byId("typing").hidden = !shown;
  if (!shown) return;
  byId("typing-who").textContent = state === "live" ? "相談員が書いています" : "返事を準備しています";
  typingTimer = setTimeout(() => typing(false), TYPING_FOR);
  talk.stay();
}

/** This chat is over for good: it was closed elsewhere, or nobody sat here for a day. */
function over() {
  if (gone()) return;
  token = "";
  talk.clear();
  document.body.classList.remove("talking");
  byId("room").hidden = true;
  byId("first").hidden = false;
  byId("state").textContent = "";
  byId("start-said").textContent = "前のチャットは閉じました。また話すときは、「チャットをはじめる」を押してください。";
}

// Writing -------------------------------------------------------------------------------------------------------------

function write(words) {
  const key = newKey();
  talk.mine(key, words);
  link.say({ id: key, text: words });
  text.focus();
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`;
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words) {
    text.focus();
    return;
  }
  if (words.length > LONGEST) {
    said.textContent = "文が長すぎます。いくつかに分けて送ってください。";
    return;
  }
  text.value = "";
  typedAt = 0;
  grow();
  write(words);
});

text.addEventListener("input", () => {
  grow();
  if (!link || !text.value.trim() || Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  link.typing();
});

const keyboard = window.matchMedia("(hover: hover) and (pointer: fine)").matches;
if (keyboard) byId("text-hint").textContent = "ゆっくりで大丈夫です。Enterで送ります。行をかえるときは、Shiftをおしながら Enter。";
text.addEventListener("keydown", (event) => {
  // While a Japanese input method converts, Enter belongs to it (229: Safari's way to say so).
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
  if (!(event.ctrlKey || event.metaKey || (keyboard && !event.shiftKey))) return;
  event.preventDefault();
  byId("send").click();
});

// The end -------------------------------------------------------------------------------------------------------------

function sure(asks) {
  byId("sure").hidden = !asks;
  byId("room").classList.toggle("asking", asks);
}

byId("end").addEventListener("click", () => {
  sure(true);
  byId("end-yes").focus();
});
byId("end-no").addEventListener("click", () => {
  sure(false);
  text.focus();
});
byId("end-yes").addEventListener("click", () => {
  sure(false);
  const key = newKey();
  talk.mine(key, "相談を終わります");
  link.say({ id: key, end: true });
  text.focus();
});

// The beginning -------------------------------------------------------------------------------------------------------

async function ask(headers) {
  return fetch("/chat/start", {
    method: "POST", credentials: "same-origin", headers: Object.assign({ accept: "application/json" }, headers),
  });
}

async function begin() {
  const button = byId("start");
  button.disabled = true;
  byId("start-said").textContent = "";
  try {
    let answer = await ask({});
    if (answer.status === 429) {
      // A flood asks everybody's device for a little work; nobody is refused.
      byId("start-said").textContent = "いま、たくさんの人が使っています。準備しているので、少しだけ待ってください。";
      const asked = await answer.json();
      const nonce = await solve(asked.challenge, asked.bits);
      answer = await ask({ [HEADER]: `${asked.challenge} ${nonce}` });
    }
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    token = told.token;
    byId("start-said").textContent = "";
    enter();
  } catch (error) {
    byId("start-said").textContent = "はじめられませんでした。少し待って、もう一度おしてください。電話や文字の窓口も使えます。";
  }
  button.disabled = false;
}

byId("unsupported").hidden = true;
byId("start").hidden = false;
byId("start").addEventListener("click", begin);
if (token) enter();
document.body.dataset.ready = "yes";
