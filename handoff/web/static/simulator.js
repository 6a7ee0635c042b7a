// The page's state: several students, one of them shown; the stream of changes draws everything.

import * as api from "./simulator-api.js";
import { bubbleMenu, day, dayOf, element, empty, keepEnd, row, timeOf, waiting } from "./simulator-chat.js";
import { composer } from "./simulator-composer.js";
import { settingPanel } from "./simulator-setting.js";

const byId = (id) => document.getElementById(id);
const log = byId("log");
const STORE = "tsunagi-simulator-students";
const TOUCH = matchMedia("(hover: none)");

const students = [];
let shown = null;
let stream = null;
let clockOffset = 0;
let closeMenu = () => {};
const toEnd = keepEnd(log);

// --- students ---------------------------------------------------------------------------------------------------------

function student(id, name) {
  return { id, name, friend: null, entries: [], loading: false, unread: 0, draft: "", queue: Promise.resolve() };
}

function remember() {
  sessionStorage.setItem(STORE, JSON.stringify(students.map(({ id, name }) => ({ id, name }))));
}

async function addStudent() {
  try {
    const numbers = students.map((one) => Number(one.name.replace(/\D/g, "")) || 0);
    const name = `生徒${Math.max(0, ...numbers) + 1}`;
    students.push(student(await api.createStudent(name), name));
    remember();
    select(students.at(-1));
    rewatch();
  } catch (trouble) {
    notice(trouble.message);
  }
}

function rewatch() {
  stream?.close();
  stream = api.watch(students.map((one) => one.id), onChange, (connected) => {
    if (!connected) notice(api.UNREACHABLE);
    else if (byId("notice").textContent === api.UNREACHABLE) notice("");
  });
}

async function onChange(change) {
  const one = students.find((candidate) => candidate.id === change.user);
  if (!one) return;
  if (change.type === "unknown") {
    await replaceForgotten(one);
  } else if (change.type === "snapshot") {
    Object.assign(one, { friend: change.friend, entries: change.entries, loading: change.loading });
    clockOffset = change.now_ms - Date.now();
    tick();
    if (one === shown) drawAll();
  } else if (change.type === "loading") {
    one.loading = change.seconds > 0;
    if (one === shown) drawWaiting();
  } else {
    onEntry(one, change.entry);
  }
}

function onEntry(one, entry) {
  const isNew = entry.seq >= one.entries.length;
  one.entries[entry.seq] = entry;
  if (entry.kind === "follow") one.friend = true;
  if (entry.kind === "unfollow") one.friend = false;
  if (one !== shown) {
    if (isNew && entry.author === "bot") one.unread += 1;
    drawTabs();
  } else if (isNew) {
    append(entry);
    drawState();
    toEnd();
  } else {
    closeMenu();
    log.querySelector(`[data-seq="${entry.seq}"]`)?.replaceWith(drawn(entry));
  }
}

async function replaceForgotten(one) {
  try {
    Object.assign(one, student(await api.createStudent(one.name), one.name));
    remember();
    rewatch();
    if (one === shown) drawAll();
    notice("シミュレーターが新しく始まったので、前の会話は消えました。最初からためせます。", 8000);
  } catch (trouble) {
    notice(trouble.message);
  }
}

function select(one) {
  if (shown) shown.draft = input.draft();
  shown = one;
  one.unread = 0;
  input.write(one.draft);
  drawAll();
  showTab(one.tab);
}

// --- drawing ----------------------------------------------------------------------------------------------------------

/** Each student keeps one tab: a new one under the finger would swallow its tap. */
function drawTabs() {
  for (const one of students) {
    one.tab ??= newTab(one);
    one.tab.id = `tab-${one.id}`;
    one.tab.setAttribute("aria-selected", String(one === shown));
    one.tab.tabIndex = one === shown ? 0 : -1;
    one.tab.querySelector(".badge")?.remove();
    if (!one.unread) continue;
    const badge = element("span", "badge", String(one.unread));
    badge.append(element("span", "hidden", "件の新しい返事"));
    one.tab.append(badge);
  }
  byId("talk").setAttribute("aria-labelledby", shown.tab.id);
}

/** Not by scrollIntoView: that also moves the point from which the Tab key goes on. */
function showTab(tab) {
  const list = byId("tabs");
  const [frame, box] = [list, tab].map((each) => each.getBoundingClientRect());
  list.scrollLeft += Math.max(0, box.right - frame.right) - Math.max(0, frame.left - box.left);
}

function newTab(one) {
  const tab = element("button", "tab", one.name);
  tab.type = "button";
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", "talk");
  tab.addEventListener("click", () => select(one));
  byId("tabs").append(tab);
  return tab;
}

byId("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  select(students.at((students.indexOf(shown) + step) % students.length));
  shown.tab.focus();
});

function drawAll() {
  closeMenu();
  drawTabs();
  // The whole conversation isn't news: nothing of it is read out.
  log.setAttribute("aria-busy", "true");
  log.replaceChildren();
  if (shown.entries.length === 0) log.append(empty());
  shown.entries.forEach((entry) => append(entry, false));
  drawWaiting();
  drawState();
  toEnd();
  requestAnimationFrame(() => log.removeAttribute("aria-busy"));
}

function append(entry, scroll = true) {
  const before = shown.entries[entry.seq - 1];
  log.querySelector(".empty")?.remove();
  if (!before || dayOf(before.at_ms) !== dayOf(entry.at_ms)) log.append(day(entry.at_ms));
  log.querySelector(".waiting")?.remove();
  const made = drawn(entry);
  if (scroll) made.classList.add("new");
  log.append(made);
  drawWaiting();
  if (scroll) toEnd();
}

function drawn(entry) {
  const before = shown.entries[entry.seq - 1];
  const first = before?.author !== "bot" || before.unsent;
  return row(entry, { first, onMenu: openMenu, onAgain: sendAgain });
}

function drawWaiting() {
  log.querySelector(".waiting")?.remove();
  if (!shown.loading) return;
  log.append(waiting());
  toEnd();
}

function drawState() {
  const { friend } = shown;
  byId("block").hidden = friend !== true;
  byId("invite").hidden = friend === true;
  byId("invite-text").textContent =
    friend === false ? "ブロック中です。メッセージは届きません。" : "まだ友だちではありません。追加すると、あいさつが届きます。";
  byId("follow").textContent = friend === false ? "ブロックを解除" : "友だち追加";
  input.show(friend !== false);
  drawCandidates();
}

function drawCandidates() {
  const last = shown.entries.at(-1);
  const choices = last?.author === "bot" ? last.quick_replies : [];
  const group = byId("candidates");
  group.hidden = choices.length === 0 || shown.friend === false;
  group.replaceChildren(
    ...choices.map((action) => {
      const button = element("button", "candidate", action.label);
      button.type = "button";
      button.addEventListener("click", () => choose(action));
      return button;
    }),
  );
}

function choose(action) {
  writeOn();
  if (action.type === "message") send({ kind: "text", text: action.text });
  else if (action.type === "postback") send({ kind: "postback", data: action.data, text: action.displayText ?? action.text ?? null });
  else if (action.type === "location") input.sendPlace("station");
  else if (action.type === "camera" || action.type === "cameraRoll") input.pickImage();
  else if (action.type === "uri") window.open(action.uri, "_blank", "noopener,noreferrer");
}

/** Where the student goes on. On a touch screen the box would call up the keyboard, which hides the answer to come. */
function writeOn() {
  if (TOUCH.matches) byId("talk").focus({ preventScroll: true });
  else input.focus();
}

function notice(text, clearAfter = 0) {
  const box = byId("notice");
  box.textContent = text;
  box.hidden = text === "";
  if (clearAfter) setTimeout(() => box.textContent === text && notice(""), clearAfter);
}

function tick() {
  const now = Date.now() + clockOffset;
  byId("now").textContent = `${dayOf(now)} ${timeOf(now)}`;
}

// --- doing ------------------------------------------------------------------------------------------------------------

/** One act after the other, so that quick fingers keep their order. */
function send(fields) {
  const one = shown;
  byId("candidates").hidden = true;
  one.queue = one.queue.then(async () => {
    try {
      await api.act({ user: one.id, ...fields });
    } catch (trouble) {
      notice(trouble.message, 8000);
      if (fields.kind === "text" && one === shown && input.draft() === "") input.write(fields.text);
      drawCandidates();
    }
  });
  return one.queue;
}

async function sendImage(file) {
  try {
    send({ kind: "image", content: await api.upload(file) });
  } catch (trouble) {
    notice(trouble.message, 8000);
  }
}

async function sendAgain(entry, button) {
  button.disabled = true;
  try {
    await api.sendAgain(entry.event_id);
  } catch (trouble) {
    notice(trouble.message, 8000);
  } finally {
    button.disabled = false;
    // The row was drawn anew: who pressed its button by keyboard goes on at the composer.
    if (document.activeElement === document.body) writeOn();
  }
}

function openMenu(entry, line, opener) {
  closeMenu();
  closeMenu = bubbleMenu(line, opener, () => {
    send({ kind: "unsend", message: entry.message_id });
    writeOn();
  });
}

const input = composer({ send, sendImage, writeOn });
byId("add-student").addEventListener("click", addStudent);
byId("follow").addEventListener("click", async () => {
  await send({ kind: "follow" });
  writeOn();
});
byId("block").addEventListener("click", async () => {
  await send({ kind: "unfollow" });
  byId("follow").focus();
});
setInterval(tick, 10_000);
tick();

const setting = settingPanel((found, { profileChanged }) => {
  byId("service").textContent = found.title;
  // What an earlier profile said doesn't belong to this one.
  if (profileChanged) addStudent();
  else if (students.length) rewatch();
});

try {
  for (const { id, name } of JSON.parse(sessionStorage.getItem(STORE) ?? "[]")) students.push(student(id, name));
} catch {
  sessionStorage.removeItem(STORE);
}
if (students.length) {
  select(students[0]);
  rewatch();
}
// The page may be open before the service is: it begins as soon as it can.
for (let started = false; !started; ) {
  try {
    await setting.load();
    if (!students.length) await addStudent();
    started = students.length > 0;
  } catch (trouble) {
    notice(trouble.message);
  }
  if (!started) await new Promise((done) => setTimeout(done, 2000));
}
