// Says when an open page is old. It changes nothing that somebody may be reading or writing in: they load it again.

import { again } from "./again.js";

const PAUSE = 10000; // ms between two questions
const PATIENCE = 8000; // ms for one

const page = document.querySelector("[data-state]");
const news = document.getElementById("news");

async function ask() {
  if (!document.hidden) {
    try {
      const answer = await fetch(page.dataset.state, {
        headers: { accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 401 && written()) {
        // Nobody may sit there: what was typed stays, and nothing of the page is seen until its writer is back.
        await again("ended", { cover: true });
      } else if ([401, 403, 404].includes(answer.status)) {
        location.reload();
        return;
      }
      if (answer.ok && (await answer.json()).version !== page.dataset.version) {
        news.hidden = false;
        if (!document.title.startsWith("●")) document.title = `● ${document.title}`;
        return;
      }
    } catch {
      // The next question says it.
    }
  }
  setTimeout(ask, PAUSE);
}

if (page) setTimeout(ask, PAUSE);

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// What somebody has written isn't lost by a wrong tap on a link.
const written = () => [...document.querySelectorAll("form textarea")].some((box) => box.value !== box.defaultValue);
let sent = false;
document.addEventListener("submit", () => { sent = true; });
addEventListener("beforeunload", (event) => {
  if (written() && !sent) event.preventDefault();
});
