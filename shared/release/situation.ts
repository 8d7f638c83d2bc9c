import type { Enrolments } from "./enrolments.ts";
import { progressWritesMax } from "./limits.ts";
import type { DeviceSituation } from "./model/deviceStatus.ts";
import type { Enrolment } from "./model/enrolment.ts";
import { joinAll, joinObservations, type Observations, type Progress } from "./model/progress.ts";
import type { Release } from "./model/release.ts";
import { foldFacts } from "./model/releaseStatus.ts";
import type { ProgressRows } from "./progressRows.ts";
import type { ReleaseFacts } from "./releaseFacts.ts";

/** The dependencies of `readSituation`. */
export interface SituationDeps {
  readonly facts: Pick<ReleaseFacts, "list">;
  readonly enrolments: Pick<Enrolments, "find">;
  readonly progress: Pick<ProgressRows, "of">;
  readonly now: () => number;
}

/** A device in a release, with its rows. */
export interface Situation extends DeviceSituation {
  readonly release: Release;
  readonly enrolment: Enrolment;
  readonly rows: readonly Progress[];
}

/** Reads a device in a release; `undefined` if the release is not for it. */
export const readSituation = async (
  release: Release,
  device: string,
  { facts, enrolments, progress, now }: SituationDeps,
): Promise<Situation | undefined> => {
  // Most devices are in no release for named devices: nothing is read for them.
  const { to } = release;
  if ("devices" in to && !to.devices.includes(device)) return undefined;
  const enrolment = await enrolments.find(release.id, device);
  if (enrolment === undefined) return undefined;
  const [known, rows] = await Promise.all([
    facts.list(release.id),
    progress.of(release.id, device),
  ]);
  return {
    release,
    enrolment,
    rows,
    status: foldFacts(known),
    seen: joinAll(rows),
    now: now(),
  };
};

interface ObserveDeps {
  readonly progress: Pick<ProgressRows, "of" | "put">;
  readonly region: string;
}

/**
 * Adds an observation to the row of this region, and returns the situation after it. Idempotent.
 * Fails if too many workers write the row at the same time.
 */
export const observe = async (
  before: Situation,
  observation: Observations,
  deps: ObserveDeps,
): Promise<Situation> => {
  const after = await observeIf(before, observation, () => true, deps);
  if (after === undefined) throw new Error("an observation has no condition");
  return after;
};

/**
 * The same, unless another worker has written the row in between and `isStill` is not true any
 * more: then it returns `undefined`.
 */
export const observeIf = async (
  before: Situation,
  observation: Observations,
  isStill: (now: Situation) => boolean,
  { progress, region }: ObserveDeps,
): Promise<Situation | undefined> => {
  const { release, device } = before.enrolment;
  let { rows } = before;
  for (let writes = 0; writes < progressWritesMax; writes += 1) {
    if (writes > 0) {
      rows = await progress.of(release, device);
      if (!isStill({ ...before, rows, seen: joinAll(rows) })) return undefined;
    }
    const own = rows.find((one) => one.region === region);
    const revision = (own?.revision ?? 0) + 1;
    const next: Progress = {
      ...joinObservations(own ?? {}, observation),
      release,
      device,
      region,
      revision,
    };
    if (!(await progress.put(next))) continue;
    const after = [...rows.filter((one) => one.region !== region), next];
    return { ...before, rows: after, seen: joinAll(after) };
  }
  throw new Error(`the progress of ${device} in the release ${release} has too many writers`);
};
