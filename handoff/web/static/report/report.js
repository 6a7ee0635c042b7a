/** The form's page: keeps by itself what is typed, and says so. Without this script every button keeps it as well. */

import { fairFetch } from "../fair/work.js";

const form = document.querySelector("form[data-step]");
const saved = document.querySelector("[data-saved]");
const heard = document.querySelector("[data-heard]");
/** Milliseconds of silence after a key, and the least between two words to the service. */
const PAUSE = 2500;
const LEAST = 2500;
/** Letters of one field that go along while the page goes away; a form holds fewer, however they are counted. */
const MOST = 8000;

let timer = 0;
let last = 0;
let told = words(untouched());
let busy = false;

/** What goes to the service now, as the next of this visit's requests: one that comes late is known by its number. */
function fields() {
  count();
  return typed();
}

function count(least = 0) {
  form.elements.turn.value = Math.max(Number(form.elements.turn.value) + 1, least);
}

/** The form as it came: somebody may have typed before this script was here, and that has to be kept as well. */
function untouched() {
  const came = form.cloneNode(true);
  came.reset();
  return came;
}

function typed(from = form) {
  const all = new URLSearchParams(new FormData(from));
  // What is an answer, and not part of the report, goes with a button alone.
  for (const name of ["go", "reply", "key"]) all.delete(name);
  return all;
}

/** What is typed and chosen, and nothing of the page itself, to see whether anything changed. */
function words(from = form) {
  const all = typed(from);
  for (const name of ["token", "turn"]) all.delete(name);
  return all.toString();
}

function later(wait = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(keep, Math.max(wait, last + LEAST - Date.now()));
}

async function keep() {
  if (busy) return later();
  const now = words();
  if (now === told) return;
  busy = true;
  last = Date.now();
  try {
    const answer = await fairFetch("/report/keep", { method: "POST", body: fields(), credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    const kept = await answer.json();
    form.elements.token.value = kept.token;
    if (!kept.saved) count(kept.turn);
    show(kept.said);
    if (kept.saved) {
      told = now;
      saved.textContent = "ここまで届きました。";
    } else {
      later();
    }
  } catch (error) {
    saved.textContent = "いま、つながっていません。つながったら、もう一度送ります。";
    later(8000);
  } finally {
    busy = false;
  }
  return undefined;
}

/** Give what was typed along while the page goes away; nothing waits for an answer. */
function leave() {
  if (words() === told) return;
  const all = fields();
  all.set("leaving", "1");
  if (navigator.sendBeacon("/report/keep", small(all))) told = words();
}

/**
 * A form with its letters as they are. Browsers send 64 KB at most while a page goes away, and as percent signs two full
 * fields are more than that.
 */
function small(all) {
  const plain = (text) => text.slice(0, MOST).replace(/[^!'()*\-.0-9A-Z_a-z~\u0080-\uffff]/g, encodeURIComponent);
  const body = [...all].map(([name, value]) => `${plain(name)}=${plain(value)}`).join("&");
  return new Blob([body], { type: "application/x-www-form-urlencoded" });
}

function show(lines) {
  if (!heard || lines.length === 0) return;
  const list = heard.querySelector("ol");
  for (const line of lines.slice(list.children.length)) {
    const item = document.createElement("li");
    const text = document.createElement("p");
    text.className = "words";
    text.textContent = line.text;
    const by = document.createElement("p");
    by.className = "hint";
    by.textContent = `${line.by}・${line.at}`;
    item.append(text, by);
    list.append(item);
  }
  heard.hidden = false;
}

for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;
for (const part of document.querySelectorAll("[data-without-script]")) part.hidden = true;
// On the first page there is nothing typed, and nothing is begun by looking at it.
if (form.dataset.step !== "danger") {
  form.addEventListener("input", () => {
    saved.textContent = "";
    later();
  });
  if (words() !== told) later();
  addEventListener("pagehide", leave);
  addEventListener("report-leaves", (event) => {
    if (!navigator.sendBeacon("/report/away", small(fields()))) return;
    told = words();
    event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
}
// The press of a button brings the same words itself.
form.addEventListener("submit", () => {
  clearTimeout(timer);
  count();
  told = words();
});
const faults = document.getElementById("faults");
if (faults) faults.focus();
