// The line to the service: a socket where the network lets one through, else asking again and again. It comes back by
// itself, and words that were not acknowledged are sent again under the same key.

import { Pauses } from "/static/pauses.js";

/** Milliseconds until a socket has to have said something, and of silence after which it is taken for dead. */
const OPENS_WITHIN = 4000;
const LONGEST_SILENCE = 40000;
/** After so many sockets that never came up we ask without one, and try again after a while. */
const TRIES = 2;
const SOCKET_AGAIN = 120000;
const HEADER = "x-tsunagi-chat";
const OVER = 4401;

export class Link {
  /** `hear(message)` gets what comes; `over()` when this chat can't be gone on with. */
  constructor(token, hear, over) {
    this.token = token;
    this.hear = hear;
    this.over = over;
    this.place = null;
    this.unsent = [];
    this.sending = false;
    this.socket = null;
    this.ready = false;
    this.failed = 0;
    this.polls = false;
    this.wasReady = false;
    this.pauses = new Pauses();
    /** What waits before it asks again; each goes on at once where it may. */
    this.resting = new Set();
    this.stopped = false;
    this.heardAt = Date.now();
    this.watch = setInterval(() => this.look(), 2000);
    this.soon = () => this.now();
    window.addEventListener("online", this.soon);
    document.addEventListener("visibilitychange", this.soon);
    this.open();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.watch);
    clearTimeout(this.timer);
    window.removeEventListener("online", this.soon);
    document.removeEventListener("visibilitychange", this.soon);
    const { socket } = this;
    this.socket = null;
    if (socket) socket.close();
    if (this.asking) this.asking.abort();
  }

  end() {
    if (this.stopped) return;
    this.stop();
    this.over();
  }

  // Words -----------------------------------------------------------------------------------------------------------

  /** `{id, text}`, or `{id, end: true}`; kept until it's acknowledged. */
  say(word) {
    this.unsent.push(word);
    this.flush();
  }

  /** Somebody writes here. */
  typing() {
    if (this.ready) this.tell({ typing: true });
    else if (this.polls) this.post("typing", {}).catch(() => {});
  }

  flush() {
    if (this.ready) this.unsent.forEach((word) => this.tellWord(word));
    else if (this.polls) this.postAll();
  }

  tellWord(word) {
    if (word.told === this.socket) return;
    word.told = this.socket;
    this.tell(word.end ? { end: word.id } : { say: { id: word.id, text: word.text } });
  }

  tell(message) {
    try {
      this.socket.send(JSON.stringify(message));
    } catch (error) {
      this.lost(this.socket, 0);
    }
  }

  stored(id) {
    this.unsent = this.unsent.filter((word) => word.id !== id);
  }

  // With a socket ---------------------------------------------------------------------------------------------------

  open() {
    if (this.stopped) return;
    if (!("WebSocket" in window)) {
      this.poll();
      return;
    }
    const address = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/chat/socket`;
    let socket = null;
    try {
      socket = new WebSocket(address);
    } catch (error) {
      this.poll();
      return;
    }
    this.socket = socket;
    this.pauses.tries();
    this.ready = false;
    this.openedAt = Date.now();
    this.heardAt = Date.now();
    socket.onopen = () => {
      if (this.socket === socket) this.tell({ place: this.place });
    };
    socket.onmessage = (message) => {
      if (this.socket === socket) this.take(JSON.parse(message.data));
    };
    socket.onclose = (event) => this.lost(socket, event.code);
    socket.onerror = () => this.lost(socket, 0);
  }

  take(message) {
    this.heardAt = Date.now();
    if (message.place) this.place = message.place;
    if (message.stored) this.stored(message.stored);
    if (message.refused) this.stored(message.refused);
    if (message.again) {
      const word = this.unsent.find((one) => one.id === message.again);
      if (word) {
        word.told = null;
        setTimeout(() => this.flush(), 1500);
      }
    }
    this.hear(message);
    if (message.ready) {
      this.ready = true;
      this.wasReady = true;
      this.failed = 0;
      this.stopPolling();
      this.flush();
    }
  }

  lost(socket, code) {
    if (this.socket !== socket || this.stopped) return;
    this.socket = null;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    if (code === OVER) {
      this.end();
      return;
    }
    if (!this.ready) this.failed += 1;
    this.ready = false;
    if (this.failed >= (this.wasReady ? TRIES : 1) && !this.polls) this.poll();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.polls ? SOCKET_AGAIN : this.pauses.next());
  }

  /** A line that stands and says nothing, as after a sleep, is let go. */
  look() {
    if (!this.socket) return;
    const silent = Date.now() - this.heardAt;
    if (silent > LONGEST_SILENCE || (!this.ready && Date.now() - this.openedAt > OPENS_WITHIN)) this.lost(this.socket, 0);
  }

  /** Try at once, as after a sleep. */
  now() {
    if (this.stopped || document.hidden) return;
    this.look();
    this.resting.forEach((goOn) => goOn(false));
    if (this.socket || this.polls || !this.pauses.atOnce()) return;
    clearTimeout(this.timer);
    this.open();
  }

  // Without one -----------------------------------------------------------------------------------------------------

  poll() {
    if (this.polls || this.stopped) return;
    this.polls = true;
    this.ask(0);
    this.postAll();
    if (!this.socket) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.open(), SOCKET_AGAIN);
    }
  }

  stopPolling() {
    this.polls = false;
    if (this.asking) this.asking.abort();
  }

  rest(pauses) {
    return new Promise((done) => {
      const goOn = (soon) => {
        if (soon || pauses.atOnce()) {
          this.resting.delete(goOn);
          done();
        }
      };
      this.resting.add(goOn);
      setTimeout(goOn, pauses.next(), true);
    });
  }

  async ask(wait) {
    const pauses = new Pauses();
    let seconds = wait;
    while (this.polls && !this.stopped) {
      pauses.tries();
      try {
        this.asking = new AbortController();
        const query = `place=${this.place || ""}&wait=${seconds}`;
        const answer = await fetch(`/chat/lines?${query}`, {
          headers: { accept: "application/json" }, credentials: "same-origin", cache: "no-store", signal: this.asking.signal,
        });
        if (answer.status === 401) { this.end(); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        const news = await answer.json();
        if (!this.polls || this.stopped) return;
        this.take(news);
        this.hear({ asked: true });
        pauses.worked();
        seconds = 1;
      } catch (error) {
        if (!this.polls || this.stopped) return;
        await this.rest(pauses);
        seconds = 0;
      }
    }
  }

  async postAll() {
    if (this.sending) return;
    this.sending = true;
    const pauses = new Pauses();
    while (this.polls && this.unsent.length && !this.stopped) {
      pauses.tries();
      const word = this.unsent[0];
      try {
        const told = await this.post(word.end ? "end" : "say", word.end ? { id: word.id } : { id: word.id, text: word.text });
        this.stored(word.id);
        this.hear(told.code === "input" ? { refused: word.id, message: told.message } : { stored: word.id });
        pauses.worked();
      } catch (error) {
        await this.rest(pauses);
      }
    }
    this.sending = false;
  }

  async post(path, body) {
    const answer = await fetch(`/chat/${path}`, {
      method: "POST",
      headers: { [HEADER]: this.token, accept: "application/json", "content-type": "application/json" },
      credentials: "same-origin",
      body: JSON.stringify(body),
    });
    if (answer.status === 401) { this.end(); return {}; }
    const told = answer.status === 204 ? {} : await answer.json();
    if (!answer.ok && told.code !== "input") throw new Error(String(answer.status));
    return told;
  }
}
