import { type Candidate, isTargeted } from "./model/assignWaves.ts";
import { deviceStatus } from "./model/deviceStatus.ts";
import type { Release } from "./model/release.ts";
import { foldFacts, isEnded } from "./model/releaseStatus.ts";
import { readSituation, type SituationDeps } from "./situation.ts";

/** Whether an active release of a person decides what a device runs. */
export const isCovered = async (
  device: Candidate,
  release: Release,
  deps: SituationDeps,
): Promise<boolean> => {
  if (release.kind === "catch_up") return false;
  const situation = await readSituation(release, device.id, deps);
  if (situation !== undefined) {
    const { state } = deviceStatus(situation);
    return !isEnded(situation.status) && state !== "excluded" && state !== "current";
  }
  if (!isTargeted(release.to, device)) return false;
  return foldFacts(await deps.facts.list(release.id)).phase === "enrolling";
};
