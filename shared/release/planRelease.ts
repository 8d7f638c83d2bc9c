import { latestHello, type Sessions } from "../presence/session.ts";
import {
  type CreateReleaseDeps,
  conflictsOf,
  draftRelease,
  type ReleaseOf,
} from "./createRelease.ts";
import { enrolPageMax, plannedIdsMax } from "./limits.ts";
import { assignWaves } from "./model/assignWaves.ts";
import { exclusionOf } from "./model/exclusionOf.ts";
import { runsImage } from "./model/observe.ts";
import type { Release } from "./model/release.ts";
import type { ReleaseChoice } from "./releaseInput.ts";
import { unfinishedReleases } from "./storeRelease.ts";
import { updateHelloOf } from "./updateHello.ts";

/** Whom a release would reach. */
export interface ReleasePlan {
  readonly release: Release;
  readonly targeted: number;
  /** The devices of each wave that it would update: their number, and the first ids. */
  readonly waves: readonly { readonly count: number; readonly ids: readonly string[] }[];
  readonly notReached: number;
  readonly excluded: ReadonlyMap<string, number>;
  readonly current: number;
  /** The ids of unfinished releases that have some of the devices. */
  readonly conflicts: readonly string[];
}

/**
 * A dry run: whom each wave of a release would reach, by the state of the devices now. The order of
 * devices within shares is random for each release, so a share has other devices later. Fails as
 * `draftRelease` does.
 */
export const planRelease = async (
  choice: ReleaseChoice,
  of: ReleaseOf,
  deps: CreateReleaseDeps & { readonly sessions: Pick<Sessions, "list"> },
): Promise<ReleasePlan> => {
  const { release, devices } = await draftRelease(choice, of, deps);
  const assigned = assignWaves(release, devices);
  const waves = release.waves.map(() => ({ count: 0, ids: [] as string[] }));
  const excluded = new Map<string, number>();
  let notReached = 0;
  let current = 0;
  const wanted = { version: release.version, sha256: release.image.sha256 };
  for (let from = 0; from < devices.length; from += enrolPageMax) {
    const page = devices.slice(from, from + enrolPageMax);
    const sessions = await deps.sessions.list(page.map(({ id }) => id));
    const ofDevice = Map.groupBy(sessions, ({ device }) => device);
    for (const device of page) {
      const hello = updateHelloOf(latestHello(ofDevice.get(device.id) ?? []));
      const why = exclusionOf(device, hello, release);
      const wave = waves[assigned.get(device.id) ?? -1];
      if (why !== undefined) excluded.set(why, (excluded.get(why) ?? 0) + 1);
      else if (hello !== undefined && runsImage(hello, wanted)) current += 1;
      else if (wave === undefined) notReached += 1;
      else {
        wave.count += 1;
        if (wave.ids.length < plannedIdsMax) wave.ids.push(device.id);
      }
    }
  }
  const running = await unfinishedReleases(of.product.id, deps);
  const conflicts = await conflictsOf(devices, running, deps);
  return { release, targeted: devices.length, waves, notReached, excluded, current, conflicts };
};
