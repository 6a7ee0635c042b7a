// The wrap-up sheet by keyboard. Without this script it is a form like any other.

const form = document.getElementById("sheet-form");
const talk = document.getElementById("talk");
const print = document.getElementById("print");

if (talk && matchMedia("(min-width: 64rem)").matches) talk.open = true;
document.getElementById("faults")?.focus();
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
if (form) start();

function start() {
  form.classList.add("by-keys");
  form.querySelector(".keys-hint").hidden = false;
  dropDouble();
  for (const group of form.querySelectorAll("[data-roving]")) rove(group);
  for (const field of form.querySelectorAll("[data-longest]")) count(field);
  form.addEventListener("keydown", onKey);
  form.addEventListener("change", ({ target }) => {
    if (target.name === "primary") dropDouble();
    if (target.name === "reporting_class") setDeadline(target);
    if (target.name === "decided_at") moveDeadline();
  });
  watch();
}

/** A group of boxes is one stop of the Tab key; the arrows move within it, as they do among radio buttons. */
function rove(group) {
  const boxes = [...group.querySelectorAll("input")];
  const stop = (box) => boxes.forEach((one) => { one.tabIndex = one === box ? 0 : -1; });
  stop(boxes.find((box) => !box.disabled));
  group.addEventListener("focusin", ({ target }) => boxes.includes(target) && stop(target));
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const open = boxes.filter((box) => !box.disabled);
    open[(open.indexOf(event.target) + step + open.length) % open.length].focus();
  });
}

function onKey(event) {
  // While kana are being converted every key belongs to that.
  if (event.isComposing || event.keyCode === 229) return;
  const { target, key } = event;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) return finish(event);
  if (key === "Enter" && target.matches("input[data-last]")) return finish(event);
  if (key === "Enter" && target.id === "school-search") {
    event.preventDefault();
    return form.querySelector('button[value="school"]').click();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || writes(target)) return;
  const group = target.closest('[data-group="secondaries"]') ? "secondaries" : "primary";
  const chosen = form.querySelector(`input[name="${group}"][data-key="${CSS.escape(key)}"]`);
  if (!chosen || chosen.disabled) return;
  event.preventDefault();
  chosen.checked = group === "primary" || !chosen.checked;
  // Only who is in the group moves within it: elsewhere the place stays where it is.
  if (target.closest(`[data-group="${group}"]`)) chosen.focus();
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
}

function finish(event) {
  event.preventDefault();
  const button = document.getElementById("fill") ?? form.querySelector('.save-bar button[value="save"]');
  form.requestSubmit(button);
}

const writes = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

/** What is the main topic can't be another one as well. */
function dropDouble() {
  const main = form.querySelector('input[name="primary"]:checked')?.value;
  for (const box of form.querySelectorAll('input[name="secondaries"]')) {
    box.disabled = box.value === main;
    if (box.disabled) box.checked = false;
  }
  const group = form.querySelector('[data-group="secondaries"]');
  if (group.querySelector('[tabindex="0"]:disabled')) {
    group.querySelector('[tabindex="0"]').tabIndex = -1;
    group.querySelector("input:not(:disabled)").tabIndex = 0;
  }
}

const field = (name) => form.querySelector(`[name="${name}"]`);
let computed = "";

/** The deadline follows the class until somebody writes another one; for another day than today the service computes it. */
function setDeadline(chosen) {
  const deadline = field("deadline"), decided = field("decided_at");
  if (deadline.value && deadline.value !== computed) return;
  const today = decided.defaultValue.slice(0, 10) === decided.value.slice(0, 10);
  const atOnce = chosen.value === "phone_at_once";
  computed = !chosen.value ? "" : atOnce ? decided.value : today ? chosen.dataset.deadline ?? "" : "";
  deadline.value = computed;
  if (atOnce && !form.querySelector('input[name="way"]:checked')?.value) {
    form.querySelector('input[name="way"][value="phone"]').checked = true;
  }
}

function moveDeadline() {
  const chosen = form.querySelector('input[name="reporting_class"]:checked');
  if (chosen?.value) setDeadline(chosen);
}

/** How many letters too many; said only when it matters. */
function count(element) {
  const longest = Number(element.dataset.longest);
  const told = document.createElement("span");
  told.className = "hint counted";
  told.setAttribute("role", "status");
  element.after(told);
  const show = () => {
    const letters = [...element.value].length;
    told.textContent = letters > longest * 0.8 ? `${letters} / ${longest}文字` : "";
    told.classList.toggle("over", letters > longest);
  };
  element.addEventListener("input", show);
  show();
}

/** Nobody leaves with words that aren't kept, unless they want to; a form is sent once. */
function watch() {
  const state = () => new URLSearchParams(new FormData(form)).toString();
  const before = state(), told = document.getElementById("dirty");
  let sent = false;
  // What was refused stands in the form again and nowhere else.
  const dirty = () => form.hasAttribute("data-unsaved") || state() !== before;
  form.addEventListener("input", () => { told.textContent = dirty() ? "まだ保存していません" : ""; });
  form.addEventListener("change", () => { told.textContent = dirty() ? "まだ保存していません" : ""; });
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("beforeunload", (event) => { if (!sent && dirty()) event.preventDefault(); });
}
