import { afterAll, expect, it } from "vitest";
import { drills } from "../../drill/drills.ts";
import { lateFactor } from "../../drill/load/waitFor.ts";
import { formatReport } from "../../drill/report.ts";
import { createCloudPool, runDrill } from "../../drill/runDrills.ts";
import { breakages } from "./breakages.ts";

// Drills run one after the other and share a cloud if their requirements are equal.
const clouds = createCloudPool(() => {});
afterAll(clouds.stop);

/** Time to stop one cloud and start another. */
const cloudMs = 140_000;

/**
 * Drills of firmware run by `npm run drill` only: their clouds, with 40 simulated devices and
 * further functions, take too much of two cores beside the other tests. The simulation of releases
 * and the flow test of an update keep the same promises.
 */
const tested = drills.filter(({ name }) => !/firmware/.test(name));

/** Those that need the same cloud stand together. */
const all = Map.groupBy([...tested, ...breakages], ({ cloud }) => JSON.stringify(cloud));

for (const drill of [...all.values()].flat()) {
  const timeoutMs = drill.secondsMax.short * lateFactor * 1_000 + cloudMs;
  it(`${drill.name}: keeps its promises`, {
    timeout: timeoutMs,
  }, async () => {
    const report = await runDrill(drill, "short", clouds);
    // Timings depend on other processes on the machine: only `npm run drill` checks them.
    const failed = (report.checks ?? []).filter(({ passed, isTiming }) => !passed && !isTiming);
    expect({ failed, error: report.error }, formatReport(report, drill)).toEqual({ failed: [] });
  });
}
