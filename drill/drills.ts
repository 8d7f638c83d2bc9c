import type { Drill } from "./drill.ts";
import { backlog } from "./scenarios/backlog.ts";
import { badFirmware } from "./scenarios/badFirmware.ts";
import { brokerDies } from "./scenarios/brokerDies.ts";
import { databaseDown } from "./scenarios/databaseDown.ts";
import { firmwareHerd } from "./scenarios/firmwareHerd.ts";
import { firmwareRegionLost } from "./scenarios/firmwareRegionLost.ts";
import { herd } from "./scenarios/herd.ts";
import { queueServiceDown } from "./scenarios/queueServiceDown.ts";
import { regionLost } from "./scenarios/regionLost.ts";
import { sessionsLost } from "./scenarios/sessionsLost.ts";
import { workerOutOfDescriptors } from "./scenarios/workerOutOfDescriptors.ts";

/** Every drill. Those that need the same cloud stand together. */
export const drills: readonly Drill[] = [
  brokerDies,
  backlog,
  queueServiceDown,
  herd,
  badFirmware,
  firmwareHerd,
  // A worker that was idle notices the loss with its next event, which may page again.
  sessionsLost,
  databaseDown,
  firmwareRegionLost,
  regionLost,
  workerOutOfDescriptors,
];
