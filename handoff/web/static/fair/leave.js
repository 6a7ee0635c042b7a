/** Leaving at once, as in the chat; what was typed goes with the page. */

import { watchLeaving } from "../chat/leave.js";

watchLeaving(() => {});
