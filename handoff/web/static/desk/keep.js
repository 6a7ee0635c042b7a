// What is typed into a form isn't lost when the sign-in has ended meanwhile: before a form goes that took its time, its page
// asks whether it still belongs to who is signed in. Where it doesn't ask, the service's own answer shows what was typed.

import { again, standing } from "./again.js";

/** Milliseconds between two questions while somebody types: typing counts as being there. */
const TYPING_EVERY = 5 * 60000;
/** For so long after an answer a form goes without a question. */
const FRESH = 60000;

const asking = new WeakSet();
let passing = false;
let askedAt = Date.now();
let answeredAt = Date.now();

async function ask() {
  askedAt = Date.now();
  const state = await standing();
  if (state === "mine") answeredAt = Date.now();
  return state;
}

/** In an older browser the form goes, and the service's answer shows what wasn't taken. */
const able = "timeout" in AbortSignal && "HTMLDialogElement" in window;

/** Before any other script of the page hears of it, so that none counts the form as sent. */
if (able) addEventListener("submit", (event) => {
  const form = event.target;
  const path = new URL(form.getAttribute("action") ?? "", location.href).pathname;
  if (passing || Date.now() - answeredAt < FRESH) return;
  if (form.getAttribute("method")?.toLowerCase() !== "post" || path === "/desk/sign-out") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (asking.has(form)) return;
  asking.add(form);
  form.setAttribute("aria-busy", "true");
  send(form, event.submitter).finally(() => { asking.delete(form); form.removeAttribute("aria-busy"); });
}, { capture: true });

async function send(form, button) {
  const state = await ask();
  if (state !== "mine" && !(await again(state, { cover: false }))) return;
  passing = true;
  try {
    form.requestSubmit(button?.isConnected ? button : undefined);
  } finally {
    passing = false;
  }
}

if (able) addEventListener("input", () => {
  if (Date.now() - askedAt >= TYPING_EVERY) ask();
});
