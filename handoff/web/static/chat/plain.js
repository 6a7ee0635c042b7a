// A page without a talk: the way out alone.

import { watchLeaving } from "./leave.js";

watchLeaving(() => {});
