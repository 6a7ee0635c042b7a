// Sound, title and notices of the desktop: louder by level, never twice for the same thing, muted per person.

import { LEVELS, TOPICS, levelOf } from "./words.js";

/** Tones of each level: `[hertz, seconds, loudness]`; what is urgent is higher, longer, louder, and comes again. */
const TONES = {
  critical: [[880, 0.18, 0.5], [1175, 0.18, 0.5], [880, 0.18, 0.5], [1175, 0.3, 0.5]],
  high: [[784, 0.16, 0.3], [988, 0.24, 0.3]],
  unscreened: [[784, 0.16, 0.25], [784, 0.2, 0.25]],
  concern: [[659, 0.2, 0.16]],
  none: [[587, 0.16, 0.1]],
  word: [[523, 0.1, 0.08]],
};
/** Seconds until a session at risk that nobody takes is heard again. */
const AGAIN = { critical: 15, high: 45, unscreened: 45 };

export class Bell {
  constructor(wishes) {
    this.sound = wishes.sound ?? true;
    this.rang = new Map();
    this.audio = null;
    // Browsers let nothing sound before somebody has touched the page.
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.ready(), { once: true });
  }

  ready() {
    this.audio ??= new AudioContext();
    if ("Notification" in window && Notification.permission === "default") Notification.requestPermission();
  }

  ring(level) {
    document.body.dataset.rang = level;
    if (!this.sound || !this.audio) return;
    let at = this.audio.currentTime + 0.02;
    for (const [hertz, seconds, loudness] of TONES[level]) {
      const tone = this.audio.createOscillator();
      const gain = this.audio.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loudness, at + 0.02);
      gain.gain.linearRampToValueAtTime(0, at + seconds);
      tone.connect(gain).connect(this.audio.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds + 0.03;
    }
  }

  /** Looks at who waits: a new one, or one that became graver, is heard; one at risk is heard again. */
  waiting(cards) {
    const now = Date.now() / 1000;
    let loudest = null;
    const ranks = Object.keys(TONES);
    for (const card of cards) {
      const level = levelOf(card);
      const before = this.rang.get(card.id);
      const graver = !before || ranks.indexOf(level) < ranks.indexOf(before.level);
      const again = before && AGAIN[level] && now - before.at > AGAIN[level];
      if (!graver && !again) continue;
      this.rang.set(card.id, { level, at: now });
      if (loudest === null || ranks.indexOf(level) < ranks.indexOf(loudest)) loudest = level;
      if (graver) this.notice(card, level);
    }
    const here = new Set(cards.map((card) => card.id));
    for (const id of this.rang.keys()) if (!here.has(id)) this.rang.delete(id);
    if (loudest !== null) this.ring(loudest);
  }

  /** A notice of the desktop says how urgent it is and nothing that was written: others may see the screen. */
  notice(card, level) {
    if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
    const topic = TOPICS[card.topic] ? `・${TOPICS[card.topic]}` : "";
    const made = new Notification(`${card.drill ? "訓練：" : ""}待っている人がいます（${LEVELS[level]}）`, { body: `${card.who}${topic}`, tag: card.id, requireInteraction: level === "critical" });
    made.addEventListener("click", () => { focus(); made.close(); });
  }

  title(cards, unread) {
    // A drill rings, but nobody waits in it.
    cards = cards.filter((card) => !card.drill);
    const critical = cards.some((card) => levelOf(card) === "critical");
    const count = cards.length + unread;
    document.title = `${critical ? "●緊急 " : ""}${count ? `(${count}) ` : ""}相談 — つなぎ`;
  }
}
