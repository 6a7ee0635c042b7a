// The work that the service asks of whoever comes in a flood; for all pages (docs/adr/0017-fair.md). Written for browsers of
// 2018 and later: nobody is refused for an old tablet.

import "./sha256.js";

/** The header in which work goes along. */
export const HEADER = "x-tsunagi-work";

const WORKER = "/static/fair/worker.js";
/** The page's policy lets no other address become a script. */
const ours = window.trustedTypes && window.trustedTypes.createPolicy("tsunagi-work", {
  createScriptURL(address) {
    if (address !== WORKER) throw new TypeError("no script of ours");
    return address;
  },
});
/** Numbers that are tried in a row where the page itself has to, and milliseconds after which it gets to do other things. */
const IN_A_ROW = 256;
const SLICE = 24;

/** How likely it would be done by now, 0 to 1. */
function part(tries, bits) {
  return 1 - Math.exp(-tries / Math.pow(2, bits));
}

/** In a worker. Rejects where there is none to be had. */
function beside(challenge, bits, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(ours ? ours.createScriptURL(WORKER) : WORKER);
    const end = (finish, value) => {
      worker.terminate();
      finish(value);
    };
    if (signal) signal.addEventListener("abort", () => end(reject, new Error("aborted")), { once: true });
    worker.addEventListener("error", () => end(reject, new Error("no worker")), { once: true });
    worker.addEventListener("message", ({ data }) => {
      if (data.nonce === undefined) onProgress(part(data.tries, bits));
      else end(resolve, data.nonce);
    });
    worker.postMessage({ challenge, bits });
  });
}

/** In the page itself, a slice at a time. */
async function inSlices(challenge, bits, onProgress, signal) {
  const from = self.tsunagiWork.search(challenge, bits);
  let nonce = null;
  let tries = 0;
  while (nonce === null) {
    if (signal && signal.aborted) throw new Error("aborted");
    for (const began = Date.now(); nonce === null && Date.now() - began < SLICE; tries += IN_A_ROW) {
      nonce = from(tries, IN_A_ROW);
    }
    onProgress(part(tries, bits));
    await new Promise((done) => setTimeout(done, 0));
  }
  return nonce;
}

/**
 * Find the number that solves a challenge, beside the page where the browser can.
 * onProgress gets how likely it would be done by now, 0 to 1. Rejects when it was aborted.
 */
export async function solve(challenge, bits, { onProgress = () => {}, signal } = {}) {
  try {
    return await beside(challenge, bits, onProgress, signal);
  } catch (error) {
    return inSlices(challenge, bits, onProgress, signal);
  }
}

/**
 * Like fetch, for a page's script: where work is asked it's done, and the same request is sent once more with it.
 * The request has to be one that can be sent twice (a text, a Blob, a FormData; no stream).
 */
export async function fairFetch(address, options = {}, { onProgress } = {}) {
  const headers = new Headers(options.headers);
  if (!headers.has("accept")) headers.set("accept", "application/json");
  let answer = await fetch(address, Object.assign({}, options, { headers }));
  // Twice at most: while one worked the challenge may have run out.
  for (let round = 0; round < 2 && answer.status === 429; round += 1) {
    const asked = await answer.clone().json().catch(() => ({}));
    if (asked.code !== "work_required") return answer;
    const nonce = await solve(asked.challenge, asked.bits, { onProgress, signal: options.signal });
    headers.set(HEADER, `${asked.challenge} ${nonce}`);
    answer = await fetch(address, Object.assign({}, options, { headers }));
  }
  return answer;
}
