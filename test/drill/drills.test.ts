import { afterAll, expect, it } from "vitest";
import { drills } from "../../drill/drills.ts";
import { written } from "../../drill/report.ts";
import { openClouds, runDrill } from "../../drill/runDrills.ts";

// One after the other, and those that need the same cloud share it.
const clouds = openClouds(() => {});
afterAll(clouds.stop);

/** Beside what the drill may take: a cloud that starts, and one that stops. */
const aroundMs = 140_000;

for (const drill of drills) {
  const timeoutMs = drill.secondsMax.short * 1_000 + aroundMs;
  it(`${drill.name}: what was promised is kept`, { timeout: timeoutMs }, async () => {
    const report = await runDrill(drill, "short", clouds);
    expect(report.held, written(report, drill)).toBe(true);
  });
}
