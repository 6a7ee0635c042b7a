/** Looks for the number beside the page, so that the page stays alive. In: {challenge, bits}; out: {tries} … {nonce}. */

import { digests, zeroBits } from "./sha256.js";

const REPORT_EVERY = 8192;

self.addEventListener("message", ({ data: { challenge, bits } }) => {
  const digest = digests(challenge);
  for (let tries = 0; ; tries += 1) {
    const nonce = String(tries);
    if (zeroBits(digest(nonce)) >= bits) {
      self.postMessage({ nonce });
      return;
    }
    if (tries % REPORT_EVERY === 0) self.postMessage({ tries });
  }
});
