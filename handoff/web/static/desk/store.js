// What this desk knows: cards, people, and the talks that are open. Views listen; every change comes through here, in order.

import { get } from "./api.js";

export class Store extends EventTarget {
  constructor(first) {
    super();
    this.me = first.me;
    this.desk = first.desk;
    this.window = first.window;
    this.cards = new Map(first.cards.map((card) => [card.id, card]));
    this.people = first.people;
    this.talks = new Map();
    this.skew = Date.parse(first.at) - Date.now();
  }

  /** The service's time, which a demo may have moved. */
  get now() { return Date.now() + this.skew; }

  emit(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  on(name, listen) { this.addEventListener(name, ({ detail }) => listen(detail)); }

  /** One change from the feed; safe to hear twice. */
  take(message) {
    if (message.at) this.skew = Date.parse(message.at) - Date.now();
    if (message.people) { this.people = message.people; this.emit("people"); }
    if (message.window) { this.window = message.window; this.emit("window"); }
    if (message.card) this.card(message.card);
    if (message.gone) this.gone(message.gone);
    if (message.line) this.line(message.line);
    if (message.typing) this.emit("typing", message.typing);
    if (message.note) this.beside("notes", "note", message.note);
    if (message.proposal) this.beside("proposals", "proposal", message.proposal);
    if (message.alarm) this.emit("alarm", message.alarm);
    if (message.changed) this.emit("changed", message.changed);
  }

  card(card) {
    const before = this.cards.get(card.id);
    this.cards.set(card.id, card);
    const talk = this.talks.get(card.id);
    if (talk) talk.card = card;
    this.emit("card", { card, before });
    this.emit("cards");
  }

  gone({ id, state, by }) {
    const before = this.cards.get(id);
    this.cards.delete(id);
    const talk = this.talks.get(id);
    if (before || talk) this.emit("gone", { id, state, by, before });
    this.emit("cards");
  }

  line(line) {
    const talk = this.talks.get(line.session);
    if (!talk) return;
    const known = talk.lines.findIndex((one) => one.id === line.id);
    const isNew = known < 0;
    if (isNew) {
      talk.lines.push(line);
      talk.lines.sort((one, other) => one.number - other.number);
    } else {
      talk.lines[known] = line;
    }
    this.emit("line", { talk, line, isNew });
  }

  beside(list, name, thing) {
    const talk = this.talks.get(thing.session);
    if (talk) {
      const known = talk[list].findIndex((one) => one.id === thing.id);
      if (known < 0) talk[list].push(thing);
      else talk[list][known] = thing;
    }
    this.emit(name, { talk, thing });
  }

  /** Opens a session; opening is on record. Gives the talk. */
  async open(id) {
    const talk = await get(`talks/${id}`);
    this.talks.set(id, talk);
    this.cards.set(id, talk.card);
    this.emit("opened", talk);
    return talk;
  }

  close(id) {
    this.talks.delete(id);
    this.emit("closed", id);
  }

  /** The cards that the service has to tell us of; what is closed stays as it was read. */
  shown() { return [...this.cards.values()].filter((card) => card.state !== "closed").map((card) => card.id); }
  mine(card) { return card.state === "live" && card.counsellor?.id === this.me.id; }
  besideMe(card) { return card.state === "live" && card.second?.id === this.me.id; }
  in(...states) { return [...this.cards.values()].filter((card) => states.includes(card.state)); }
}
