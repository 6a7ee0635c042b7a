// Questions to the counsellor, as the browser's own dialogs: Esc leaves, focus comes back to where it was.

import { byId, el, fill } from "./dom.js";

// A dialog tells of its close in a task of its own, and a press can come before it: a question waits for the answer of the one
// before, or both would hear that close, and the second would be answered by nobody.
let asked = Promise.resolve();

/** Puts `question`, a function that shows a dialog, after those that are still open; gives its answer. */
function inTurn(question) {
  const back = wayBack();
  asked = asked.then(question, question).finally(back);
  return asked;
}

/** Gives what brings the focus back where a pane's head was drawn anew meanwhile: the button that asked is gone then. */
function wayBack() {
  const from = document.activeElement;
  const pane = from?.dataset.act && from.closest("[id^='pane-']");
  return () => {
    const now = document.activeElement; // for a moment still the button in the dialog that has closed
    if (!pane || from.isConnected || (now !== document.body && !now.closest("dialog:not([open])"))) return;
    pane.querySelector(`[data-act="${from.dataset.act}"]`)?.focus();
  };
}

/** Lets somebody choose: `choices` are `{text, told?, value}`; gives the value, or null. */
export const choose = (title, told, choices) => inTurn(() => {
  const dialog = byId("choose");
  byId("choose-title").textContent = title;
  byId("choose-told").textContent = told;
  fill(byId("choose-list"), choices.map((choice, place) => el("button", {
    value: String(place), class: "wide", disabled: choice.disabled ?? false,
  }, choice.text, choice.told && el("span", { class: "soft" }, choice.told))));
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const place = /^\d+$/.test(dialog.returnValue) ? Number(dialog.returnValue) : -1;
      resolve(choices[place]?.value ?? null);
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
});

/** Asks for a yes; with `label` for words as well. Gives false, or true or the words. */
export const confirm = (title, told, { yes = "はい", label = null, danger = false } = {}) => inTurn(() => {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-told").textContent = told;
  byId("confirm-field").hidden = label === null;
  byId("confirm-label").textContent = label ?? "";
  byId("confirm-text").value = "";
  byId("confirm-yes").textContent = yes;
  byId("confirm-yes").className = danger ? "danger" : "primary";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? (label === null ? true : byId("confirm-text").value.trim()) : false), { once: true });
    dialog.returnValue = "";
    dialog.showModal();
    (label === null ? byId("confirm-yes") : byId("confirm-text")).focus();
  });
});
