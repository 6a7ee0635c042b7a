// A page that was opened is known again when the browser's Back comes to it: its sign lies in the state of that entry of the
// history, not in its address, which somebody may give on. The service says whether the page was left (row 27). This runs
// before anything is painted, also in browsers of 2018.

(function () {
  const sign = document.currentScript.getAttribute("data-sitting");
  const known = history.state && history.state.sitting;
  if (known && known !== sign) {
    document.documentElement.hidden = true;
    location.replace(`${location.pathname}?s=${known}`);
    return;
  }
  history.replaceState({ sitting: sign }, "", location.pathname + location.hash);
  // A link to a place in this page makes an entry of its own.
  window.addEventListener("hashchange", () => history.replaceState({ sitting: sign }, ""));
})();
