/** Files in slices: each shows how far it is, and one that stops goes on where it stopped. Without it the form sends them. */

import { fairFetch } from "../fair/work.js";

const form = document.querySelector("form[data-upload]");
const list = document.querySelector("[data-files]");
const said = document.querySelector("[data-progress]");
const ROOT = "/report/evidence";
/** Tries of one slice, and milliseconds before the first of them is made again. */
const TRIES = 6;
const WAIT = 1500;
/** What the service answers while it can't store anything: it will, later. */
const AWAY = new Set(["store_unavailable", "seal_unavailable"]);
const LOST = "つながらないので、送れませんでした。もう一度えらんで、送ってください。";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function ask(address, options = {}) {
  const headers = { "x-tsunagi-report": form.elements.token.value, accept: "application/json", ...options.headers };
  return fairFetch(ROOT + address, { ...options, headers, credentials: "omit" });
}

async function told(answer) {
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw Object.assign(new Error(said.message || "送れませんでした。もう一度ためしてください。"), said);
}

function row(file) {
  const item = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = file.name;
  const state = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = Math.max(file.size, 1);
  bar.value = 0;
  bar.setAttribute("aria-label", `${file.name}の送信`);
  item.append(name, state, bar);
  list.append(item);
  return { state, bar };
}

/** Do a step again while the service can't be reached; what it refuses is refused. */
async function persist(step, shown) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await step();
    } catch (error) {
      const refused = error.code && !AWAY.has(error.code) && error.expected === undefined;
      if (refused || tries >= TRIES) throw error;
      shown.state.textContent = "つながりにくくなっています。続きから送ります。";
      await pause(WAIT * tries);
    }
  }
}

async function slices(file, id, size, shown) {
  let at = 0;
  const headers = { "content-type": "application/octet-stream" };
  const slice = async () => {
    try {
      const body = file.slice(at, at + size);
      return (await told(await ask(`/${id}?offset=${at}`, { method: "PUT", body, headers }))).received;
    } catch (error) {
      if (error.expected !== undefined) at = error.expected;
      throw error;
    }
  };
  while (at < file.size) {
    at = await persist(slice, shown);
    shown.bar.value = at;
    shown.state.textContent = `${Math.floor((100 * at) / Math.max(file.size, 1))}%`;
  }
}

/** Files of which only a part came. They take room until they are gone, so they go as soon as the service is reached. */
const broken = new Set();
async function takeAway() {
  for (const id of broken) {
    const answer = await ask(`/${id}`, { method: "DELETE" }).catch(() => null);
    if (answer !== null && answer.status < 500) broken.delete(id);
  }
}

async function send(file, sensitive) {
  const shown = row(file);
  let id = null;
  try {
    const body = JSON.stringify({ name: file.name, type: file.type, size: file.size, sensitive });
    const begun = await told(
      await ask("/begin", { method: "POST", body, headers: { "content-type": "application/json" } }),
    );
    id = begun.id;
    await slices(file, id, begun.slice, shown);
    shown.state.textContent = "たしかめています";
    await persist(async () => told(await ask(`/${id}/finish`, { method: "POST" })), shown);
    shown.state.textContent = "届きました";
    shown.bar.remove();
    return true;
  } catch (error) {
    shown.state.textContent = error.code ? error.message : LOST;
    shown.bar.remove();
    if (id !== null) broken.add(id);
    await takeAway();
    return false;
  }
}

/** Whoever goes on with files that were chosen and not sent is asked once. */
let asked = false;
let sending = false;
const step = document.querySelector("form[data-step]");

function askOnce(event) {
  if ((form.elements.files.files.length === 0 && !sending) || asked) return;
  asked = true;
  event.preventDefault();
  event.stopImmediatePropagation();
  said.textContent = "えらんだものが、まだ送られていません。送らないときは、もう一度「次へ」をおしてください。";
  form.querySelector("button").focus();
}

if (step) step.addEventListener("submit", askOnce);

form.addEventListener("submit", async (event) => {
  const input = form.elements.files;
  event.preventDefault();
  if (input.files.length === 0) {
    said.textContent = "写真や動画が、まだえらばれていません。";
    input.focus();
    return;
  }
  const button = form.querySelector("button");
  const sensitive = form.elements.sensitive.value;
  button.disabled = true;
  let good = 0;
  const all = [...input.files];
  input.value = ""; // what is chosen while these are sent is for the next time, and isn't lost
  sending = true;
  await takeAway();
  for (const [number, file] of all.entries()) {
    said.textContent = `送っています（${number + 1}／${all.length}）`;
    if (await send(file, sensitive)) good += 1;
  }
  said.textContent =
    good === all.length ? "ぜんぶ届きました。" : "送れなかったものがあります。書いたことは、そのまま残っています。";
  sending = false;
  button.disabled = false;
});
