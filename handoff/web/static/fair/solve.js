// The page that does the work and then sends what was typed on.

import { solve } from "./work.js";

const form = document.getElementById("work-form");
const bar = document.getElementById("work-progress");
const said = document.getElementById("work-said");
/** From here on somebody wonders whether anything happens. */
const LONG_MS = 2000;

function show(works) {
  for (const part of document.querySelectorAll("[data-script]")) part.hidden = !works;
  for (const part of document.querySelectorAll("[data-no-script]")) part.hidden = works;
}

async function work() {
  show(true);
  const long = setTimeout(() => {
    said.textContent = "計算を続けています。もう少しかかります。";
  }, LONG_MS);
  try {
    const { challenge, bits } = form.dataset;
    const nonce = await solve(challenge, Number(bits), {
      onProgress: (part) => {
        bar.value = Math.round(100 * part);
      },
    });
    form.querySelector("[data-work=challenge]").value = challenge;
    form.querySelector("[data-work=nonce]").value = nonce;
    bar.value = 100;
    said.textContent = "できました。先に進みます。";
    form.submit();
  } catch (error) {
    show(false);
    said.textContent = "";
  }
  clearTimeout(long);
}

work();
