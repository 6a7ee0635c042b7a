// Elements from data. Words only ever become text nodes. Written for browsers of 2018 and later, like all of this folder.

export function byId(id) {
  return document.getElementById(id);
}

/** `el("p", {class: "said"}, "文", child)`; null children are left out. */
export function el(name, attributes, ...children) {
  const made = document.createElement(name);
  Object.keys(attributes || {}).forEach((key) => {
    const value = attributes[key];
    if (value === null || value === undefined || value === false) return;
    if (key.slice(0, 2) === "on") made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  });
  children.forEach((child) => {
    if (child !== null && child !== undefined) made.append(child);
  });
  return made;
}

export function empty(parent) {
  while (parent.firstChild) parent.removeChild(parent.firstChild);
}

/** A key of our own for a line, as random as the browser can. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const LINKS = /(https?:\/\/[^\s、。「」（）<>"']+)|([0-9][0-9-]*[0-9])/g;
const NUMBER = /^(?:0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,5}|110|119|189)$/;

/** What the service says: its phone numbers and addresses become links. */
export function linked(text) {
  const parts = [];
  let from = 0;
  let found = LINKS.exec(text);
  while (found) {
    const [whole, address, number] = found;
    if (address || NUMBER.test(number)) {
      parts.push(text.slice(from, found.index));
      parts.push(address
        ? el("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, address)
        : el("a", { href: `tel:${number}` }, number));
      from = found.index + whole.length;
    }
    found = LINKS.exec(text);
  }
  parts.push(text.slice(from));
  return parts;
}
