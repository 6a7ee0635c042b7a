/** Leaving at once, as in the chat; what was typed for a report goes along to the service, which ends the visit. */

import { watchLeaving } from "../chat/leave.js";

const form = document.getElementById("work-form");
const leave = document.querySelector("button[data-leave]");

watchLeaving(() => {
  if (leave) navigator.sendBeacon(leave.formAction, new URLSearchParams(new FormData(form)));
});
