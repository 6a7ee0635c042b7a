// Elements from data. Words only ever become text nodes: nothing a student writes is read as HTML.

import { readable } from "./safetext.js";

/** `el("button", {class: "small", onclick}, "文", child, …)`; null and false children are left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(made.dataset, value);
    else if (value === true) made.setAttribute(key, "");
    else made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Puts new children in place of the old ones. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** A student's words: pieces `[words, marked]`, with letters that turn others around made visible. */
export function words(pieces) {
  return pieces.map(([text, marked]) => {
    const shown = readable(text).text;
    return marked ? el("mark", {}, shown) : shown;
  });
}

/** Keeps what is there by key, so that focus and a reader's place stay: `make(item)` or `renew(element, item)`. */
export function keyed(parent, items, key, make, renew) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = old.get(name);
    if (element) {
      old.delete(name);
      renew(element, item);
    } else {
      element = make(item);
      element.dataset.key = name;
    }
    if (element === before) before = before.nextElementSibling;
    else parent.insertBefore(element, before);
  }
  for (const element of old.values()) element.remove();
}

let saidTimer = 0;
/** Says something at the foot of the page; a screen reader hears it. */
export function say(text, bad = false) {
  const box = byId("said");
  box.textContent = text;
  box.classList.toggle("bad", bad);
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => { box.textContent = ""; }, bad ? 12000 : 5000);
}
