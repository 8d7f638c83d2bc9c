import type { Session } from "../../presence/session.ts";
import { connectionOf } from "../connection.ts";
import { moveMs, regionLostMs, regionSilentMs } from "../limits.ts";
import type { Pace } from "../model/pace.ts";

/** Where a device is, by its sessions. Times in milliseconds since 1970. */
export interface Place {
  /** The region of its latest connection; `undefined` for a device that has never connected. */
  readonly region: string | undefined;
  readonly isConnected: boolean;
  /** The last sign of life. */
  readonly aliveAt: number;
  readonly connection: string | undefined;
  readonly session: Session | undefined;
}

/**
 * The place of a device by its sessions in all regions. `lost`: the regions that do not work, and
 * when they last did: their connections have not been seen to end, and their devices are not silent
 * while they look for another region.
 */
export const placeOf = (
  sessions: readonly Session[],
  lost: ReadonlyMap<string, number> = new Map(),
): Place => {
  const known = sessions.map((one) => {
    const lostAt = lost.get(one.region);
    return lostAt === undefined || !one.connected
      ? one
      : { ...one, connected: false, since: Math.max(one.since, lostAt + moveMs) };
  });
  const latest = known.toSorted((one, other) => connectOf(other) - connectOf(one))[0];
  const connected = known.filter((one) => one.connected);
  const current = connected.find((one) => one === latest) ?? connected[0];
  return {
    region: (current ?? latest)?.region,
    isConnected: current !== undefined,
    aliveAt: Math.max(0, ...known.map((one) => Math.max(connectOf(one), one.since))),
    connection: current && connectionOf(current),
    session: current ?? latest,
  };
};

/** When a connection began, or its device last described itself. */
const connectOf = ({ handshakeAt = 0, helloAt = 0, connected, since }: Session): number =>
  Math.max(handshakeAt, helloAt, connected ? since : 0);

/** The time, and whether the broker of a region responds. */
export interface RegionHealth {
  readonly now: () => number;
  readonly responds: (region: string) => Promise<boolean>;
}

/**
 * Whether a region is lost whose controller has run at this time: it has not run for
 * `regionLostMs`, or for `regionSilentMs` and its broker does not respond either.
 */
export const isRegionLost = async (
  region: string,
  at: number,
  { now, responds }: RegionHealth,
): Promise<boolean> => {
  const silentMs = now() - at;
  return silentMs >= regionLostMs || (silentMs >= regionSilentMs && !(await responds(region)));
};

/**
 * The regions that work, of which this one does. A region without a row has just begun when the
 * release did (`since`).
 */
export const workingRegions = async (
  { regions, region: own }: { readonly regions: readonly string[]; readonly region: string },
  paces: readonly Pace[],
  since: number,
  health: RegionHealth,
): Promise<string[]> => {
  const working: string[] = [];
  for (const region of regions) {
    const at = paces.find((one) => one.region === region)?.at ?? since;
    if (region === own || !(await isRegionLost(region, at, health))) working.push(region);
  }
  return working;
};

/**
 * The region that works on a device: that of its latest connection, or the first working one if
 * that region is lost.
 */
export const workplaceOf = (
  { region }: Pick<Place, "region">,
  working: readonly string[],
): string | undefined =>
  region !== undefined && working.includes(region) ? region : working.toSorted()[0];
