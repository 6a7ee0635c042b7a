// How long a page waits until it tries again to reach the service: longer each time, and not all pages at the same moment.
// Written for browsers of 2018 and later, as the chat is.

/** Milliseconds before the first new try; at most while something may just be started again; and at most after that. */
const FIRST = 1000;
const SHORT = 3500;
const LONGEST = 30000;
const RESTART = 60000;
/** What stood for so long wasn't refused at once: after it the pauses are short again. */
const STEADY = 10000;

export class Pauses {
  constructor() {
    this.triedAt = 0;
    this.worked();
  }

  /** A try begins. */
  tries() {
    this.triedAt = Date.now();
  }

  /** One that was answered as it should be. */
  worked() {
    this.pause = FIRST;
    this.failsSince = 0;
  }

  /** Whether one may try now, ahead of the pause, because the network is there again or somebody looks. */
  atOnce() {
    return Date.now() - this.triedAt >= FIRST;
  }

  /** Milliseconds until the next try, after one that ended. */
  next() {
    if (Date.now() - this.triedAt >= STEADY) this.worked();
    this.failsSince = this.failsSince || Date.now();
    const now = Math.min(this.pause, Date.now() - this.failsSince < RESTART ? SHORT : LONGEST);
    this.pause = now * 2;
    return now * (0.7 + Math.random() * 0.6);
  }
}
