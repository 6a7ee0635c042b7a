// A student's words for the page, without letters that turn others around. Only strings are made here, never HTML.

/** A run of the same letter or emoji that is longer than this is written as one with its number. */
export const LONGEST_RUN = 20;

const DIRECTIONS = new Map([
  ["\u200e", "LRM"], ["\u200f", "RLM"], ["\u061c", "ALM"],
  ["\u202a", "LRE"], ["\u202b", "RLE"], ["\u202c", "PDF"], ["\u202d", "LRO"], ["\u202e", "RLO"],
  ["\u2066", "LRI"], ["\u2067", "RLI"], ["\u2068", "FSI"], ["\u2069", "PDI"],
]);
const MARKABLE = new RegExp(`[${[...DIRECTIONS.keys()].join("")}]`, "g");
const letters = new Intl.Segmenter("ja", { granularity: "grapheme" });

/**
 * `{text, changed}`: letters that change the direction of writing as ⟦RLO⟧ and the like, and 😭😭😭… as 😭×35; nothing is
 * left out but the repetition, whose number stands there. A family emoji or one with a skin colour is one letter.
 */
export function readable(text) {
  const runs = [];
  for (const { segment } of letters.segment(text)) {
    const last = runs.at(-1);
    if (last?.letter === segment) last.times += 1;
    else runs.push({ letter: segment, times: 1 });
  }
  let made = "";
  runs.forEach(({ letter, times }, place) => {
    const shown = letter.replace(MARKABLE, (one) => `⟦${DIRECTIONS.get(one)}⟧`);
    if (times <= LONGEST_RUN) made += shown.repeat(times);
    // Followed by a digit, the number would be read as another one.
    else if (/^[0-9０-９]/.test(runs[place + 1]?.letter ?? "")) made += `${shown}⟦×${times}⟧`;
    else made += `${shown}×${times}`;
  });
  return { text: made, changed: made !== text };
}
