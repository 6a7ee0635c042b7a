// A press is two events, down and up. What is drawn anew between them takes the button away, and the press with it.

const LONGEST = 3000; // ms: a finger that rests on the page doesn't keep it old
const CLICK = 60; // ms in which a touch's click follows its end

let down = false;
let timer = 0;
const later = [];

function soon(pause) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    down = false;
    for (const work of later.splice(0)) Promise.resolve().then(work); // one that fails stops none of the others
  }, pause);
}

addEventListener("pointerdown", () => { down = true; soon(LONGEST); }, { capture: true, passive: true });
for (const kind of ["pointerup", "pointercancel"]) {
  addEventListener(kind, () => { if (down) soon(CLICK); }, { capture: true, passive: true });
}

/** Does `work` now; while somebody presses, after their press has had its effect, in the order it came. */
export function afterPress(work) {
  if (down) later.push(work);
  else work();
}
