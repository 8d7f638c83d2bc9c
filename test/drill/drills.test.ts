import { afterAll, expect, it } from "vitest";
import { drills } from "../../drill/drills.ts";
import { patience } from "../../drill/patience.ts";
import { written } from "../../drill/report.ts";
import { openClouds, runDrill } from "../../drill/runDrills.ts";

// One after the other, and those that need the same cloud share it.
const clouds = openClouds(() => {});
afterAll(clouds.stop);

/** Beside what the drill may take: a cloud that starts, and one that stops. */
const aroundMs = 140_000;

for (const drill of drills) {
  const timeoutMs = drill.secondsMax.short * patience * 1_000 + aroundMs;
  it(`${drill.name}: everything that was promised is so in the end`, {
    timeout: timeoutMs,
  }, async () => {
    const report = await runDrill(drill, "short", clouds);
    // How fast it is depends on what else the machine does: `npm run drill` holds it against the bounds.
    const broken = (report.checks ?? []).filter(({ held, isOfSpeed }) => !held && !isOfSpeed);
    expect({ broken, error: report.error }, written(report, drill)).toEqual({ broken: [] });
  });
}
