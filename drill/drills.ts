import { backlog } from "./backlog.ts";
import { brokerDies } from "./brokerDies.ts";
import { databaseDown } from "./databaseDown.ts";
import type { Drill } from "./drill.ts";
import { herd } from "./herd.ts";
import { queueServiceDown } from "./queueServiceDown.ts";
import { regionLost } from "./regionLost.ts";
import { sessionsLost } from "./sessionsLost.ts";
import { workerOutOfDescriptors } from "./workerOutOfDescriptors.ts";

/** Every drill. Those that need the same cloud stand together. */
export const drills: readonly Drill[] = [
  brokerDies,
  sessionsLost,
  backlog,
  queueServiceDown,
  herd,
  databaseDown,
  regionLost,
  workerOutOfDescriptors,
];
