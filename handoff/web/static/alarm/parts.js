// Puts what is new into the page, and leaves alone whatever somebody is writing in.

const page = document.getElementById("page");
const list = document.getElementById("lines");
const newer = document.getElementById("newer");
const sections = [...document.querySelectorAll("[data-part]")];

/** What the page has, as the address of a request says it. */
export function known() {
  const have = sections.map((section) => section.dataset.hash).join(".");
  return new URLSearchParams({ seen: page.dataset.seen, have }).toString();
}

/** Show a message that is read out; an empty one takes it away. */
export function tell(id, ...texts) {
  const box = document.getElementById(id);
  box.replaceChildren(...texts.filter(Boolean).map((text) => {
    const line = document.createElement("p");
    line.textContent = text;
    return line;
  }));
  box.hidden = !box.childElementCount;
  return box;
}

/** Take over the service's answer; `own` is the part whose form was just sent. */
export function apply(news, own = null) {
  addLines(news.lines);
  page.dataset.seen = news.seen;
  for (const line of document.querySelectorAll(".line")) {
    const delivery = line.querySelector(".delivery");
    const text = news.delivery[line.dataset.id] ?? "";
    if (delivery.textContent !== text) delivery.textContent = text;
    delivery.hidden = !text;
  }
  for (const section of sections) {
    const part = news.parts?.[section.dataset.part];
    if (section === own ? part : part && part.hash !== section.dataset.hash && !inUse(section)) replace(section, part);
  }
}

function addLines(html) {
  const last = list.lastElementChild;
  const read = !last || last.getBoundingClientRect().top < innerHeight;
  const added = [...parsed(html).querySelectorAll("li")].filter((line) => !document.getElementById(line.id));
  list.append(...added);
  const foreign = added.find((line) => line.classList.contains("student"));
  if (foreign && !(read && foreign.getBoundingClientRect().top < innerHeight)) {
    newer.href = `#${foreign.id}`;
    newer.hidden = false;
    watcher.observe(foreign);
  }
}

const watcher = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) {
    newer.hidden = true;
    watcher.disconnect();
  }
});

// The service's own template, in which all that people wrote is escaped; no other text of this page may become HTML.
const ours = window.trustedTypes?.createPolicy("tsunagi-alarm", { createHTML: (html) => html });

function parsed(html) {
  const box = document.createElement("template"); // no script in it runs
  box.innerHTML = ours ? ours.createHTML(html) : html; // nosemgrep: markup-from-text
  return box.content;
}

function inUse(section) {
  const writing = document.activeElement?.matches("textarea, input") && section.contains(document.activeElement);
  const written = [...section.querySelectorAll("textarea")].some((box) => box.value);
  return writing || written || section.querySelector("input:checked, form[aria-busy]");
}

function replace(section, part) {
  const open = [...section.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
  const focused = section.contains(document.activeElement) ? document.activeElement.textContent : null;
  section.replaceChildren(parsed(part.html));
  section.dataset.hash = part.hash;
  for (const summary of section.querySelectorAll("details > summary")) {
    if (open.includes(summary.textContent)) summary.parentElement.open = true;
  }
  if (focused !== null) {
    [...section.querySelectorAll("button, a, summary")].find((one) => one.textContent === focused)?.focus();
  }
}
