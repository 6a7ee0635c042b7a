/** Leaving at once, as in the chat; what was typed is given along first. */

import { watchLeaving } from "../chat/leave.js";

watchLeaving(() => dispatchEvent(new Event("report-leaves")));
