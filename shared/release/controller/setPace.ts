import { answerMs, offerLeaseMs, progressWritesMax } from "../limits.ts";
import { attemptsOf } from "../model/attempt.ts";
import { type Pace, shareWindow } from "../model/pace.ts";
import type { CensusDevice } from "./census.ts";
import type { ControllerDeps } from "./deps.ts";

interface Slot {
  /** Absent: the device is not in the release. */
  readonly device: CensusDevice | undefined;
  readonly admittedAt: number;
  /** The last sign of life; infinity for a connected device. */
  readonly aliveAt: number;
  /** Enough devices are assessed. Before, a failure keeps its slot. */
  readonly isJudged: boolean;
  readonly now: number;
}

/** Whether a device that was admitted still counts in the window. */
export const holdsSlot = ({ device, admittedAt, aliveAt, isJudged, now }: Slot): boolean => {
  const isLeased = now < admittedAt + offerLeaseMs;
  if (device === undefined) return isLeased;
  const { status, seen } = device;
  switch (status.state) {
    case "installed":
    case "current":
    case "excluded":
      return false;
    case "failed":
      return !isJudged;
    case "downloading":
      return true;
    default: {
      const { offeredAt, failed } = attemptsOf(seen);
      if (offeredAt === undefined) return isLeased;
      const answeredAt = Math.max(
        failed?.at ?? -1,
        seen.deferred?.at ?? -1,
        seen.vetoed?.at ?? -1,
        seen.cancelled?.at ?? -1,
      );
      if (answeredAt >= offeredAt) return false;
      // A device that has not answered may be working on it, unless it is alive.
      return now < offeredAt + answerMs || aliveAt <= offeredAt;
    }
  }
};

interface Share {
  /** The window of the release. */
  readonly window: number;
  /** The slots in use in regions that are lost. */
  readonly heldElsewhere: number;
  readonly places: Readonly<Record<string, number>>;
  readonly working: readonly string[];
  readonly region: string;
}

/**
 * The slots of this region: its share of the window, at least one. The regions that work share what
 * lost regions do not hold.
 */
export const allowedHere = ({ window, heldElsewhere, places, working, region }: Share): number => {
  const left = Math.max(0, window - heldElsewhere);
  if (!working.includes(region)) return 0;
  if (left <= working.length) {
    return working.toSorted().indexOf(region) < left ? 1 : 0;
  }
  const rest = shareWindow(left - working.length, places, working);
  return 1 + (rest.get(region) ?? 0);
};

/**
 * Writes the slots of this region, without the devices that hold none any more. `freed`: when each
 * of them was admitted.
 */
export const writePace = async (
  release: string,
  next: Pick<Pace, "allowed" | "paused" | "outageAt"> & {
    readonly freed: ReadonlyMap<string, number>;
  },
  { pace, region, now }: Pick<ControllerDeps, "pace" | "region" | "now">,
): Promise<Pace> => {
  const { allowed, paused, freed, outageAt } = next;
  for (let writes = 0; writes < progressWritesMax; writes += 1) {
    const before = await pace.find(release);
    // A device that was offered the update again meanwhile keeps its slot.
    const admitted = (before?.admitted ?? []).filter(({ device, at }) => freed.get(device) !== at);
    const revision = (before?.revision ?? 0) + 1;
    const row = {
      ...{ release, region, allowed, admitted, revision, at: now() },
      ...(paused && { paused }),
      ...(outageAt !== undefined && { outageAt }),
    };
    if (await pace.put(row)) return row;
  }
  throw new Error(`the slots of the release ${release} have too many writers`);
};
