// Questions to the counsellor, as the browser's own dialogs: Esc leaves, focus comes back to where it was.

import { byId, el, fill } from "./dom.js";

/** Lets somebody choose: `choices` are `{text, told?, value}`; gives the value, or null. */
export function choose(title, told, choices) {
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
}

/** Asks for a yes; with `label` for words as well. Gives false, or true or the words. */
export function confirm(title, told, { yes = "はい", label = null, danger = false } = {}) {
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
}
