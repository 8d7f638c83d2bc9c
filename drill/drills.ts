import { backlog } from "./backlog.ts";
import { brokerDies } from "./brokerDies.ts";
import type { Drill } from "./drill.ts";
import { herd } from "./herd.ts";
import { queueServiceDown } from "./queueServiceDown.ts";
import { sessionsLost } from "./sessionsLost.ts";

/** Every drill. Those that need the same cloud stand together. */
export const drills: readonly Drill[] = [brokerDies, sessionsLost, backlog, queueServiceDown, herd];
