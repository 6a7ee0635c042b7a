// Looks for the number beside the page, so that the page stays alive. In: {challenge, bits}; out: {tries} … {nonce}.
// No module: workers learned modules between 2020 and 2023.

importScripts("sha256.js");

const REPORT_EVERY = 8192;

self.addEventListener("message", (message) => {
  const from = self.tsunagiWork.search(message.data.challenge, message.data.bits);
  let nonce = null;
  for (let tries = 0; nonce === null; tries += REPORT_EVERY) {
    self.postMessage({ tries });
    nonce = from(tries, REPORT_EVERY);
  }
  self.postMessage({ nonce });
});
