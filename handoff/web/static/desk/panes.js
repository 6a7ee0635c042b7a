// The open talks, side by side where there is room and as tabs, with marks for what wasn't seen yet.

import { afterPress } from "/static/press.js";
import { byId, el, keyed } from "./dom.js";
import { Pane } from "./pane.js";
import { badge, told } from "./queue.js";

export class Panes {
  constructor(store, act) {
    this.store = store;
    this.act = act;
    this.panes = new Map();
    this.current = null;
    store.on("opened", (talk) => this.add(talk));
    store.on("closed", (id) => this.remove(id));
    store.on("card", ({ card }) => this.panes.get(card.id)?.draw());
    store.on("typing", (id) => this.panes.get(id)?.transcript.typing());
    store.on("cards", () => this.draw());
    store.on("line", ({ talk, line, isNew }) => { this.panes.get(talk.card.id)?.line(line, isNew); this.draw(); });
    for (const name of ["note", "proposal"]) store.on(name, ({ talk }) => talk && this.panes.get(talk.card.id)?.transcript.draw());
    setInterval(() => afterPress(() => { for (const pane of this.panes.values()) pane.drawHead(); }), 5000);
    byId("panes").addEventListener("focusin", (event) => {
      const pane = [...this.panes.values()].find((one) => one.element.contains(event.target));
      if (pane) this.show(pane.id, false);
    });
  }

  add(talk) {
    const old = this.panes.get(talk.card.id);
    const made = new Pane(talk, this.store, this.act);
    if (old) {
      // The same talk, read anew: what somebody is writing stays.
      made.composer.text.value = old.composer.text.value;
      made.composer.key_ = old.composer.key_;
      made.composer.saved = old.composer.saved;
      made.composer.show();
      old.element.replaceWith(made.element);
    } else {
      byId("panes").append(made.element);
    }
    this.panes.set(talk.card.id, made);
    this.draw();
    // Only now does it know how high it is.
    made.transcript.toEnd();
  }

  remove(id) {
    const pane = this.panes.get(id);
    if (!pane) return;
    pane.element.remove();
    this.panes.delete(id);
    if (this.current === id) this.current = null;
    this.draw();
  }

  show(id, withFocus = true) {
    if (!this.panes.has(id)) return;
    this.current = id;
    this.panes.get(id).seen();
    this.draw();
    if (withFocus) this.panes.get(id).focus();
  }

  /** The next or the one before, or the one at a place; for keys. */
  step(by) {
    const ids = [...this.panes.keys()];
    if (ids.length === 0) return;
    const at = ids.indexOf(this.current);
    this.show(ids[(at + by + ids.length) % ids.length]);
  }

  at(place) { const id = [...this.panes.keys()][place]; if (id) this.show(id); }

  get unread() { return [...this.panes.values()].reduce((sum, pane) => sum + pane.unread, 0); }

  draw() {
    const panes = [...this.panes.values()];
    if (!this.panes.has(this.current)) this.current = panes[0]?.id ?? null;
    byId("no-talk").hidden = panes.length > 0;
    byId("panes").dataset.count = panes.length;
    keyed(byId("tabs"), panes, (pane) => pane.id,
      (pane) => this.tab(el("button", { type: "button", role: "tab", class: "tab", "aria-controls": `pane-${pane.id}`, onclick: () => this.show(pane.id) }), pane),
      (tab, pane) => this.tab(tab, pane));
    for (const pane of panes) pane.element.classList.toggle("current", pane.id === this.current);
    this.store.emit("unread", this.unread);
  }

  tab(tab, pane) {
    const { card } = pane.talk;
    const place = [...this.panes.keys()].indexOf(pane.id) + 1;
    tab.setAttribute("aria-selected", pane.id === this.current ? "true" : "false");
    tab.replaceChildren(el("kbd", {}, `Alt+${place}`), badge(card), ` ${told(card)} `,
      pane.unread > 0 ? el("span", { class: "count" }, String(pane.unread), el("span", { class: "unseen" }, "件の新しい行")) : "");
    return tab;
  }
}
