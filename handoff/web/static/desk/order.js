// The order of the queue, as `handoff/domain/queue.py` has it (a test compares the two): by risk, what couldn't be read,
// then waiting, which lifts a session by one band after each stretch, and never past one that is critical. A drill comes
// after all that are none.

const HIGHEST_BY_AGE = 1;

/** The band that a waiting card has by now; the smaller, the sooner. */
export function bandNow(card, now, ageingSeconds) {
  if (card.band <= HIGHEST_BY_AGE) return card.band;
  const steps = Math.floor(Math.max(0, now - Date.parse(card.queued_at ?? card.since)) / (ageingSeconds * 1000));
  return Math.max(card.band - steps, HIGHEST_BY_AGE);
}

/** The cards in the order in which they are taken. */
export function inOrder(cards, now, ageingSeconds) {
  const key = (card) => [card.drill ? 1 : 0, bandNow(card, now, ageingSeconds), Date.parse(card.since), card.id];
  return cards.map((card) => [key(card), card]).sort(([one], [other]) => {
    for (let place = 0; place < 4; place += 1) {
      if (one[place] !== other[place]) return one[place] < other[place] ? -1 : 1;
    }
    return 0;
  }).map(([, card]) => card);
}
