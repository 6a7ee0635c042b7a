/** The work that the service asks of whoever comes in a flood; for all pages (docs/adr/0017-fair.md). */

/** The header in which work goes along. */
export const HEADER = "x-tsunagi-work";

/**
 * Find the number that solves a challenge, in a worker.
 * onProgress gets how likely it would be done by now, 0 to 1. Rejects where the browser has no such workers.
 */
export function solve(challenge, bits, { onProgress = () => {}, signal } = {}) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const end = (finish, value) => {
      worker.terminate();
      finish(value);
    };
    signal?.addEventListener("abort", () => end(reject, signal.reason), { once: true });
    worker.addEventListener("error", () => end(reject, new Error("no worker")), { once: true });
    worker.addEventListener("message", ({ data }) => {
      if (data.nonce === undefined) onProgress(1 - Math.exp(-data.tries / 2 ** bits));
      else end(resolve, data.nonce);
    });
    worker.postMessage({ challenge, bits });
  });
}

/**
 * Like fetch, for a page's script: where work is asked it's done, and the same request is sent once more with it.
 * The request has to be one that can be sent twice (a text, a Blob, a FormData; no stream).
 */
export async function fairFetch(address, options = {}, { onProgress } = {}) {
  const headers = new Headers(options.headers);
  if (!headers.has("accept")) headers.set("accept", "application/json");
  let answer = await fetch(address, { ...options, headers });
  // Twice at most: while one worked the challenge may have run out.
  for (let round = 0; round < 2 && answer.status === 429; round += 1) {
    const asked = await answer.clone().json().catch(() => ({}));
    if (asked.code !== "work_required") return answer;
    const nonce = await solve(asked.challenge, asked.bits, { onProgress, signal: options.signal });
    headers.set(HEADER, `${asked.challenge} ${nonce}`);
    answer = await fetch(address, { ...options, headers });
  }
  return answer;
}
