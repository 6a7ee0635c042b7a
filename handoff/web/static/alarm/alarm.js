// The alarm's page without reloads: asks for news, and sends forms so that nothing typed is lost when the network is.
// Without this script every form works as a form, and a reload brings what is new.

import { afterPress } from "/static/press.js";
import { apply, known, tell } from "./parts.js";

const PAUSE = 4000; // ms between two questions
const SLOW = 2000; // ms after which a wait is told
const PATIENCE = 15000; // ms until nothing is expected any more
const OFFLINE = "つながっていません。つながると、自動で続けます。急ぐときは、先に電話をかけてください。";

const page = document.getElementById("page");
let changes = 0; // of our own: an answer that was asked for before one of them is old
let failures = 0;
let timer = 0;

// --- news -------------------------------------------------------------------------------------------------------------

async function ask() {
  clearTimeout(timer);
  if (!document.hidden) {
    const before = changes;
    try {
      const answer = await request(`${page.dataset.at}/news?${known()}`, {});
      const news = await answer.json();
      if (!answer.ok) throw new Error(news.code);
      afterPress(() => { if (before === changes) apply(news); });
      if (failures > 1) tell("trouble");
      failures = 0;
    } catch {
      failures += 1;
      if (failures === 2) tell("trouble", OFFLINE);
    }
  }
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

async function request(address, options) {
  const answer = await fetch(address, {
    ...options,
    headers: { accept: "application/json" },
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
  // The link holds no more: nothing of what it opened stays on the screen.
  if (answer.status === 404) location.replace(page.dataset.at);
  return answer;
}

// --- forms ------------------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.ariaBusy === "true") {
    event.preventDefault();
    return;
  }
  const body = new URLSearchParams(new FormData(form));
  const done = waiting(form);
  if (!("live" in form.dataset)) {
    setTimeout(done, PATIENCE); // the browser loads the next page by itself
    return;
  }
  event.preventDefault();
  send(form, body).finally(done);
});

// Back from another page: nothing is under way any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function waiting(form) {
  const button = form.querySelector("button");
  const label = [...button.childNodes];
  form.ariaBusy = "true";
  button.ariaDisabled = "true";
  button.textContent = "お待ちください…";
  const slow = setTimeout(() => tell("said", "時間がかかっています。このまま、お待ちください。"), SLOW);
  return () => {
    clearTimeout(slow);
    form.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
    button.replaceChildren(...label);
  };
}

/** Tell it where the eye and the screen reader are; the box is in view by itself. */
function show(...message) {
  tell(...message).focus({ preventScroll: true });
}

async function send(form, body) {
  tell("said");
  tell("trouble");
  try {
    const answer = await request(`${form.action}?${known()}`, { method: "POST", body });
    const news = await answer.json();
    changes += 1;
    tell("said");
    form.removeAttribute("aria-busy");
    if (answer.ok) {
      apply(news, form.closest("[data-part]"));
      show("said", news.said);
    } else {
      if (news.delivery) apply(news);
      show("trouble", news.message, news.advice ?? "書いたものは残っています。少し待って、もう一度押してください。");
    }
  } catch {
    changes += 1;
    tell("said");
    show(
      "trouble",
      "送れたかどうか、わかりません。",
      "つながりを確かめて、もう一度押してください。書いたものは残っています。同じ返事が二度届くことはありません。",
    );
  }
}

history.replaceState(null, "", location.pathname); // a reload isn't told again what was done
document.addEventListener("visibilitychange", ask);
addEventListener("online", ask);
timer = setTimeout(ask, PAUSE);
