import { plot } from "../report/plot.ts";
import { scaleSection } from "../report/scaleSections.ts";
import { measureDeadLetters } from "../scale/measure/deadLetters.ts";
import { measureDevices } from "../scale/measure/devices.ts";
import { measureIntegrations } from "../scale/measure/integrations.ts";
import { measureQueued } from "../scale/measure/queued.ts";
import type { Measure } from "../scale/measure/scaleResult.ts";
import { measureUsage } from "../scale/measure/usage.ts";
import { numbersUpTo, type ScalePart } from "../scale/parts.ts";
import type { Mode } from "./mode.ts";

const measures: Readonly<Record<ScalePart, Measure>> = {
  devices: measureDevices,
  integrations: measureIntegrations,
  queued: measureQueued,
  "dead-letters": measureDeadLetters,
  usage: measureUsage,
};

/** Measures one unit while there are more and more of them. */
export const scale: Mode = async ({ of, largest, seconds }, log) => {
  const deadline = performance.now() + seconds * 1_000;
  const result = await measures[of](numbersUpTo(of, largest), { log, deadline });
  return {
    data: { scale: result },
    sections: [scaleSection(result)],
    name: `scale-${of}`,
    plot: plot(result),
  };
};
