import type { Devices } from "../../device/device.ts";
import { zeroCounts } from "../../ledger/countDeliveries.ts";
import type { LedgerRows, LedgerSum } from "../../ledger/ports.ts";
import { dayMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Session, Sessions } from "../../presence/session.ts";
import {
  concernDaysMax,
  concernDevicesMax,
  concernNamedMax,
  concernReadsAtOnceMax,
  concernSessionsAtOnceMax,
  concernSettleMs,
} from "../limits.ts";

/** A time span, in milliseconds since 1970. */
export interface TimeSpan {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** The name and the event of an integration, as far as it can be read. */
interface NamedIntegration {
  readonly id: string;
  readonly event?: string;
}

/** The deliveries of events that were received in a time span, for one integration. */
export interface IntegrationConcern extends NamedIntegration {
  readonly counts: LedgerSum;
}

/** The devices of a fleet whose connection changed in a time span. */
export interface DeviceConcern {
  /** The number of devices whose sessions were read. */
  readonly checked: number;
  /** Whether these are all devices of the fleet. */
  readonly isComplete: boolean;
  /** Ids of devices that disconnected in the time span and have not connected since. */
  readonly disconnected: readonly string[];
  /** Ids of devices whose current connection began in the time span. */
  readonly reconnected: readonly string[];
}

/** The effect of a time span on a fleet. */
export interface Concern extends TimeSpan {
  /** Sums over all integrations of the fleet. */
  readonly counts: LedgerSum;
  /** The number of integrations whose counts were read. */
  readonly checked: number;
  /** The integrations with deliveries that were not delivered at once; most of them first. */
  readonly integrations: readonly IntegrationConcern[];
  readonly devices: DeviceConcern;
  /** Whether every delivery has an outcome: delivered, dead-lettered or discarded. */
  readonly isBalanced: boolean;
  /** The time of the last outcome; only while the counts are balanced and there is one. */
  readonly balancedAt?: number;
  /** Whether later records can change the counts. */
  readonly isProvisional: boolean;
}

/** The stores that the counts and sessions of a fleet are read from. */
export interface ConcernDeps {
  readonly integrations: {
    fleetRouting(fleet: string): Promise<{
      readonly integrations: readonly { readonly id: string; readonly event: string }[];
      readonly unreadable: ReadonlyMap<string, Error>;
    }>;
  };
  readonly rows: Pick<LedgerRows, "sum">;
  readonly devices: Pick<Devices, "list">;
  readonly sessions: Pick<Sessions, "list">;
  readonly now: () => number;
}

/**
 * Counts the deliveries and the devices of a fleet that a time span touched. Deliveries are counted
 * by the ledger, by the minute in which the broker received their events. Events that have not been
 * routed yet are not counted: while an outage lasts, the counts grow. Of a device, only the latest
 * connection is known. Reads the counts of each existing integration once, and the sessions of up
 * to `concernDevicesMax` devices. Fails with `invalid_request` if the time span is empty or longer
 * than `concernDaysMax`.
 */
export const findConcern = async (
  fleet: string,
  { from, to }: TimeSpan,
  deps: ConcernDeps,
): Promise<Concern> => {
  checkSpan({ from, to });
  const [integrations, devices] = await Promise.all([
    countIntegrations(fleet, { from, to }, deps),
    findDevices(fleet, { from, to }, deps),
  ]);
  const counts = integrations.reduce((sum, one) => addCounts(sum, one.counts), noCounts);
  const isBalanced = counts.waiting === 0 && counts.missing === 0;
  return {
    from,
    to,
    counts,
    checked: integrations.length,
    integrations: integrations
      .filter((one) => touchedCount(one.counts) > 0)
      .sort((one, other) => touchedCount(other.counts) - touchedCount(one.counts)),
    devices,
    isBalanced,
    ...(isBalanced && counts.settledAt > 0 && { balancedAt: counts.settledAt }),
    isProvisional: !isBalanced || to + concernSettleMs > deps.now(),
  };
};

const checkSpan = ({ from, to }: TimeSpan): void => {
  if (from >= to) throw new Failure("from: must be earlier than to", { code: "invalid_request" });
  if (to - from > concernDaysMax * dayMs) {
    throw new Failure(`from and to are too far apart: the maximum is ${concernDaysMax} days`, {
      code: "invalid_request",
    });
  }
};

/** Whether a time span touched anything of the fleet. */
export const isConcerned = ({ integrations, devices }: Concern): boolean =>
  integrations.length > 0 || devices.disconnected.length > 0 || devices.reconnected.length > 0;

/** Deliveries that were not delivered at once. */
const touchedCount = ({ waiting, dead, missing, late }: LedgerSum): number =>
  waiting + dead + missing + late;

const noCounts: LedgerSum = { ...zeroCounts, late: 0, settledAt: 0, missingIds: [] };

const addCounts = (one: LedgerSum, other: LedgerSum): LedgerSum => ({
  matched: one.matched + other.matched,
  delivered: one.delivered + other.delivered,
  waiting: one.waiting + other.waiting,
  dead: one.dead + other.dead,
  discarded: one.discarded + other.discarded,
  missing: one.missing + other.missing,
  failed: one.failed + other.failed,
  late: one.late + other.late,
  settledAt: Math.max(one.settledAt, other.settledAt),
  missingIds: [...one.missingIds, ...other.missingIds].slice(0, concernNamedMax),
});

/** An integration that cannot be read has counts, too. */
const countIntegrations = async (
  fleet: string,
  span: TimeSpan,
  { integrations, rows }: ConcernDeps,
): Promise<IntegrationConcern[]> => {
  const found = await integrations.fleetRouting(fleet);
  const all: NamedIntegration[] = [
    ...found.integrations.map(({ id, event }) => ({ id, event })),
    ...[...found.unreadable.keys()].map((id) => ({ id })),
  ];
  return mapConcurrently(all, concernReadsAtOnceMax, async (one) => {
    const counts = await rows.sum(one.id, span);
    return {
      ...one,
      counts: { ...counts, missingIds: counts.missingIds.slice(0, concernNamedMax) },
    };
  });
};

const findDevices = async (
  fleet: string,
  span: TimeSpan,
  { devices, sessions }: ConcernDeps,
): Promise<DeviceConcern> => {
  const listed = await devices.list(fleet, concernDevicesMax + 1);
  const ids = listed.slice(0, concernDevicesMax).map(({ id }) => id);
  const found: Session[] = [];
  for (let from = 0; from < ids.length; from += concernSessionsAtOnceMax) {
    found.push(...(await sessions.list(ids.slice(from, from + concernSessionsAtOnceMax))));
  }
  const byDevice = Map.groupBy(found, ({ device }) => device);
  const changed = (has: (sessions: readonly Session[]) => boolean): string[] =>
    ids.filter((id) => has(byDevice.get(id) ?? []));
  return {
    checked: ids.length,
    isComplete: listed.length === ids.length,
    disconnected: changed(
      (all) =>
        all.every(({ connected }) => !connected) && all.some((one) => isWithin(one.since, span)),
    ),
    reconnected: changed((all) =>
      all.some(({ connected, since }) => connected && isWithin(since, span)),
    ),
  };
};

const isWithin = (time: number, { from, to }: TimeSpan): boolean => time >= from && time < to;
