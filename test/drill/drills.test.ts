import { afterAll, expect, it } from "vitest";
import { drills } from "../../drill/drills.ts";
import { lateFactor } from "../../drill/load/waitFor.ts";
import { formatReport } from "../../drill/report.ts";
import { createCloudPool, runDrill } from "../../drill/runDrills.ts";

// One after the other, and those that need the same cloud share it.
const clouds = createCloudPool(() => {});
afterAll(clouds.stop);

/** Beside what the drill may take: a cloud that starts, and one that stops. */
const aroundMs = 140_000;

for (const drill of drills) {
  const timeoutMs = drill.secondsMax.short * lateFactor * 1_000 + aroundMs;
  it(`${drill.name}: everything that was promised is so in the end`, {
    timeout: timeoutMs,
  }, async () => {
    const report = await runDrill(drill, "short", clouds);
    // How fast it is depends on what else the machine does: `npm run drill` holds it against the bounds.
    const broken = (report.checks ?? []).filter(({ passed, isTiming }) => !passed && !isTiming);
    expect({ broken, error: report.error }, formatReport(report, drill)).toEqual({ broken: [] });
  });
}
