/** Leaving at once, as in the chat; the service ends the visit, so that nothing in the history opens it again. */

import { watchLeaving } from "../chat/leave.js";

const form = document.getElementById("leave-form");

watchLeaving(() => {
  // The page of a step takes its words along by itself.
  const going = new Event("report-leaves", { cancelable: true });
  if (window.dispatchEvent(going)) navigator.sendBeacon(form.action, new URLSearchParams(new FormData(form)));
});
