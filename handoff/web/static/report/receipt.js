/** Around the receipt: copying and printing it, and the place where something went wrong. */

for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;

const code = document.getElementById("code");
const copied = document.querySelector("[data-copied]");

async function copy() {
  try {
    await navigator.clipboard.writeText(code.dataset.code);
    copied.textContent = "コピーしました。";
  } catch (error) {
    // Old browsers, and pages that are not encrypted: the code is marked, so that the keyboard's copy takes it.
    getSelection().selectAllChildren(code);
    copied.textContent = "番号をえらびました。コピーの操作をしてください。";
  }
}

if (code) {
  document.querySelector("[data-copy]").addEventListener("click", copy);
  document.querySelector("[data-print]").addEventListener("click", () => print());
}

const first = document.getElementById("faults") || document.getElementById("said");
if (first) first.focus();
