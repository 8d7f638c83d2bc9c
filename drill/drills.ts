import { backlog } from "./backlog.ts";
import { brokerDies } from "./brokerDies.ts";
import type { Drill } from "./drill.ts";
import { queueServiceDown } from "./queueServiceDown.ts";

/** Every drill. Those that need the same cloud stand together. */
export const drills: readonly Drill[] = [brokerDies, backlog, queueServiceDown];
