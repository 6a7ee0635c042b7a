// When the sign-in has ended the page stays, with what was typed on it: one signs in in another tab and goes on here. What was
// typed is put nowhere else, and nothing goes out in the name of another person than the one who wrote it.

import { el } from "./dom.js";

/** Milliseconds after which a question that nobody answers counts as failed. */
const PATIENCE = 8000;
const SIGN_IN = "「ログインする」で別のタブが開きます。ログインしたら、このタブにもどって「続ける」を押してください。";
const WRITTEN = ["textarea", "text", "search", "email", "url", "tel"];

/** Whether somebody has typed something here that isn't kept. */
export const typed = () => [...document.querySelectorAll("textarea, input")]
  .some((box) => WRITTEN.includes(box.type) && box.value !== box.defaultValue && !box.closest("dialog:not([open])"));

/** Who is signed in at this browser now: `mine` (then the page's forms belong to that sign-in), `other`, `ended`, or `away`
 * where the service can't be reached. */
export async function standing() {
  try {
    const answer = await fetch("/desk/standing", {
      headers: { accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status === 401) return "ended";
    if (!answer.ok) return "away";
    const told = await answer.json();
    if (told.who !== document.body.dataset.who) return "other";
    document.body.dataset.token = told.token;
    for (const field of document.querySelectorAll('input[type="hidden"][name="token"]')) field.value = told.token;
    return "mine";
  } catch {
    return "away";
  }
}

function words(state, cover) {
  const { alias } = document.body.dataset;
  if (state === "away") return ["つながりません", "書いた文は、この画面に残っています。まだ送られていません。少し待ってから「続ける」を押してください。"];
  if (state === "ended") return ["ログインが切れました", `書いた文は、この画面に残っています。まだ送られていません。${SIGN_IN}`];
  const next = "「別のタブを開く」を押し、そこでログアウトして";
  const rest = cover
    ? `書いた文は、${alias}さんがログインすると見られます。${next}、ログインし直してください。`
    : `文を写すときは「画面にもどる」を押してください。送るには、${next}、${alias}さんがログインします。`;
  return ["別の人がログインしています", `この画面は${alias}さんのものなので、送りませんでした。${rest}`];
}

let asked = null;

/** Asks to sign in again; gives true once the same person has. With `cover` nothing else of the page is seen until then, for
 * nobody may sit there; without it one may look at the page first, which gives false. */
export function again(state, { cover }) {
  asked ??= ask(state, cover).finally(() => { asked = null; });
  return asked;
}

function ask(first, cover) {
  const title = el("h2", { id: "again-title" }), told = el("p", { role: "alert" });
  const signIn = el("a", { class: "button primary", href: "/desk/", target: "_blank", rel: "noopener" });
  const goOn = el("button", { type: "button" }, "続ける");
  const back = cover ? null : el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "画面にもどる");
  const dialog = el("dialog", { class: cover ? "again cover" : "again", "aria-labelledby": "again-title" }, title, told,
    el("div", { class: "row" }, signIn, goOn, back));
  const show = (state) => {
    const [heading, text] = words(state, cover);
    title.textContent = heading;
    told.textContent = text;
    signIn.hidden = state === "away";
    signIn.textContent = state === "other" ? "別のタブを開く" : "ログインする";
  };
  document.body.append(dialog);
  show(first);
  dialog.showModal();
  return new Promise((resolve) => {
    let done = false;
    goOn.addEventListener("click", async () => {
      goOn.disabled = true;
      const state = await standing();
      goOn.disabled = false;
      done = state === "mine";
      if (done) dialog.close();
      else { show(state); goOn.focus(); }
    });
    dialog.addEventListener("close", () => {
      if (cover && !done) { dialog.showModal(); return; } // Esc, twice
      dialog.remove();
      resolve(done);
    });
  });
}

/** The service says that nobody is signed in. Who has typed something goes on here after signing in again; else the page goes
 * away, and nothing of it stays on the screen. `holds`: something is under way that was just pressed. */
export function ended(holds = false) {
  if (holds || asked || typed()) return again("ended", { cover: true });
  location.assign("/desk/?said=expired");
  return new Promise(() => {});
}
