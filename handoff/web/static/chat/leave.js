// Away at once: nothing of the talk stays in sight, in the page, or behind the browser's Back.

import { byId, empty } from "./dom.js";

const AWAY = "/chat/away";
const TIMES = 3;
/** Milliseconds within which Shift alone has to be pressed so often. */
const WITHIN = 5000;

/** `before()`: called as soon as nothing is in sight any more. */
export function watchLeaving(before) {
  let left = false;

  function leave() {
    if (left) return;
    left = true;
    const cover = byId("cover");
    if (cover) cover.hidden = false;
    document.title = "メモ";
    const house = document.querySelector(".house");
    if (house) empty(house);
    const top = document.querySelector(".top");
    if (top) empty(top);
    try {
      before();
    } finally {
      location.replace(AWAY);
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest ? event.target.closest("[data-leave]") : null;
    if (!link) return;
    event.preventDefault();
    leave();
  });

  let presses = [];
  let alone = false;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") {
      alone = false;
      presses = [];
    } else if (!event.repeat) {
      alone = !event.ctrlKey && !event.altKey && !event.metaKey;
    }
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    const now = Date.now();
    presses = presses.filter((at) => now - at < WITHIN).concat(now);
    const said = byId("leave-said");
    if (presses.length >= TIMES) leave();
    else if (said) said.textContent = `Shiftキーをあと${TIMES - presses.length}回おすと、この画面を閉じます。`;
  }, true);
  // Whatever the browser kept of this page for its Back button is not shown again.
  window.addEventListener("pagehide", () => {
    if (left) return;
    const cover = byId("cover");
    if (cover) cover.hidden = false;
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  return () => left;
}
