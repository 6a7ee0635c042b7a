// The live line to the service: says how far this desk has seen, gets what it missed in order, and comes back by itself.

import { Pauses } from "/static/pauses.js";
import { ended, standing } from "./again.js";

/** Milliseconds of silence after which the line is taken for dead; the service speaks every five seconds. */
const LONGEST_SILENCE = 14000;
/** Milliseconds between the words that say that somebody sits here. */
const ACTIVE_EVERY = 60000;

export class Feed {
  /** `changed(message)` gets each change in order; `state(open)` hears of the line coming and going; `shown()` gives the
   * ids of the cards that stand here. */
  constructor(cursor, changed, state, shown) {
    this.shown = shown;
    this.cursor = cursor;
    this.changed = changed;
    this.state = state;
    this.watching = new Set();
    /** How far the log had grown when a session was read, until the service says that we have all since then. */
    this.since = new Map();
    this.pauses = new Pauses();
    this.socket = null;
    this.activeAt = Date.now();
    this.heardAt = Date.now();
    setInterval(() => this.look(), 2000);
    for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => this.active(), { passive: true });
    addEventListener("online", () => this.now());
    addEventListener("pageshow", (event) => { if (event.persisted) this.now(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.now(); });
    this.open();
  }

  open() {
    const address = new URL("/desk/socket", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.socket = socket;
    this.pauses.tries();
    this.heardAt = Date.now();
    socket.addEventListener("open", () => this.tell(false, this.shown()));
    socket.addEventListener("message", ({ data }) => this.hear(JSON.parse(data)));
    const lost = ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.state(false);
      this.signedOut = code === 4401;
      if (this.signedOut) this.goOn();
      else this.timer = setTimeout(() => this.open(), this.pauses.next());
    };
    this.lost = lost;
    socket.addEventListener("close", lost);
  }

  /** Once the same person has signed in again. Who is signed in and has no line may not read talks any more: the page goes. */
  async goOn() {
    if (await standing() === "mine") { location.assign("/desk/"); return; }
    await ended();
    this.signedOut = false;
    this.open();
  }

  /** A line that stands and says nothing, as after a sleep, is let go; nobody waits for its end. */
  look() {
    if (this.socket && Date.now() - this.heardAt > LONGEST_SILENCE) {
      const socket = this.socket;
      this.lost({ code: 0 });
      socket.close();
    }
  }

  /** Try at once, as after a laptop's sleep. */
  now() {
    this.look();
    if (this.socket || this.signedOut || !this.pauses.atOnce()) return;
    clearTimeout(this.timer);
    this.open();
  }

  hear(message) {
    this.heardAt = Date.now();
    // Away for longer than the service goes back: everything is read anew.
    if (message.reload) { location.reload(); return; }
    if (message.ready) this.state(true);
    for (const id of message.caught_up ?? []) this.since.delete(id);
    this.changed(message);
    if (message.cursor) this.cursor = Math.max(this.cursor, message.cursor);
  }

  tell(active = false, cards = undefined) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ cursor: this.cursor, cards, watch: [...this.watching], since: Object.fromEntries(this.since), active }));
    }
  }

  /** `talk`: one that was just read. */
  watch(sessions, talk = null) {
    this.watching = new Set(sessions);
    if (talk) this.since.set(talk.card.id, talk.cursor);
    for (const id of this.since.keys()) if (!this.watching.has(id)) this.since.delete(id);
    this.tell();
  }

  active() {
    if (Date.now() - this.activeAt < ACTIVE_EVERY) return;
    this.activeAt = Date.now();
    this.tell(true);
  }
}
