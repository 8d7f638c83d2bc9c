import * as z from "zod/mini";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { failuresKept, offersKept, resetsKept } from "../limits.ts";
import { exclusion } from "./enrolment.ts";
import { updateErrors } from "./updateReport.ts";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());
const event = z.object({ at: time });

/** When an image was first and last reported. */
const sighting = z.object({ first: time, last: time });

/** Why an assessment found a device unhealthy. */
export const harms = [
  "silent",
  "stopped_publishing",
  "calls_fail",
  "resets",
  "vitals",
  "reverted",
] as const;

export type Harm = (typeof harms)[number];

/** What the device was like before the update, and how long it may be silent after it. */
const former = z.object({
  at: time,
  /** It is overdue after this time without activity. */
  patienceMs: time,
  /** The usual time between two activities. */
  intervalMs: time,
  /** It has published events. */
  publishes: z.boolean(),
});

export type Former = z.output<typeof former>;

/**
 * What one region has observed of a device in a release. Only that region writes it. Times in
 * milliseconds since 1970, of the receipt of a message in the cloud. Rows are joined field by
 * field: the latest observation of each kind counts, so neither order nor repetition matters.
 */
export const observations = z.object({
  /** A worker has reserved the next offer, for one connection. */
  reserved: z.optional(z.extend(event, { connection: z.string() })),
  /** The reserved offer was not sent: the device was not reachable. */
  unsent: z.optional(event),
  /** The times of the latest offers. */
  offers: z.optional(z.readonly(z.array(time))),
  /** The connection that the device was offered the update on; it has confirmed the message. */
  offered: z.optional(z.extend(event, { connection: z.string() })),
  accepted: z.optional(event),
  downloading: z.optional(z.extend(event, { offset: time })),
  verified: z.optional(event),
  restarting: z.optional(event),
  confirmed: z.optional(event),
  deferred: z.optional(z.extend(event, { until: time, reason: z.optional(z.string()) })),
  vetoed: z.optional(z.extend(event, { reason: z.optional(z.string()) })),
  /** Whether the device takes updates now, as its hello says. */
  updates: z.optional(z.extend(event, { enabled: z.boolean() })),
  unavailable: z.optional(z.extend(event, { status: z.optional(z.int()) })),
  failures: z.optional(
    z.readonly(
      z.array(z.extend(event, { error: z.enum(updateErrors), message: z.optional(z.string()) })),
    ),
  ),
  /** Hellos with the image of the release, and with another one. */
  seen: z.optional(z.object({ release: z.optional(sighting), other: z.optional(sighting) })),
  /** Hellos with the image of the release whose last reset was a crash. */
  resets: z.optional(z.readonly(z.array(time))),
  /** Minutes east of UTC. */
  offset: z.optional(z.extend(event, { minutes: z.int() })),
  former: z.optional(former),
  assessed: z.optional(z.extend(event, { harm: z.optional(z.enum(harms)) })),
  /** The device cannot be updated (`why`), or can be again. */
  excluded: z.optional(z.extend(event, { why: z.optional(exclusion) })),
  /** The device was told to go back. */
  rollback: z.optional(z.extend(event, { connection: z.string() })),
  cancelled: z.optional(event),
});

export type Observations = z.output<typeof observations>;

/** The progress of a device in a release, as a region has observed it. */
export const progress = z.object({
  release: text,
  device: text,
  region: text,
  /** The number of writes: the condition of the next write (optimistic locking). */
  revision: z.int(),
  ...observations.shape,
});

export type Progress = z.output<typeof progress>;

type Failed = NonNullable<Observations["failures"]>[number];
type Sighting = z.output<typeof sighting>;

/** The observations of two regions, or those of a region and a new one, together. */
export const joinObservations = (one: Observations, other: Observations): Observations =>
  omitUndefined({
    reserved: later(one.reserved, other.reserved),
    unsent: later(one.unsent, other.unsent),
    offers: latestTimes(one.offers, other.offers, offersKept),
    offered: later(one.offered, other.offered),
    accepted: later(one.accepted, other.accepted),
    downloading: later(one.downloading, other.downloading),
    verified: later(one.verified, other.verified),
    restarting: later(one.restarting, other.restarting),
    confirmed: later(one.confirmed, other.confirmed),
    deferred: later(one.deferred, other.deferred),
    vetoed: later(one.vetoed, other.vetoed),
    updates: later(one.updates, other.updates),
    unavailable: later(one.unavailable, other.unavailable),
    failures: latestFailures(one.failures, other.failures),
    seen: joinSeen(one.seen, other.seen),
    resets: latestTimes(one.resets, other.resets, resetsKept),
    offset: later(one.offset, other.offset),
    // The first one is that before the update.
    former: earlier(one.former, other.former),
    assessed: later(one.assessed, other.assessed),
    excluded: later(one.excluded, other.excluded),
    rollback: later(one.rollback, other.rollback),
    cancelled: later(one.cancelled, other.cancelled),
  });

/** The observations of all regions together, in any order. */
export const joinAll = ([first = {}, ...others]: readonly Observations[]): Observations =>
  others.reduce(joinObservations, first);

interface At {
  readonly at: number;
}

const later = <One extends At>(one: One | undefined, other: One | undefined): One | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  return compare(one, other) >= 0 ? one : other;
};

const earlier = <One extends At>(one: One | undefined, other: One | undefined): One | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  return compare(one, other) <= 0 ? one : other;
};

/** A total order, so that regions with the same rows choose the same one. */
const compare = (one: At, other: At): number => {
  if (one.at !== other.at) return one.at - other.at;
  const [a, b] = [textOf(one), textOf(other)];
  return a === b ? 0 : a < b ? -1 : 1;
};

/** The order of the properties of a stored row is not that of a new one. */
const textOf = (one: object): string =>
  JSON.stringify(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const latestTimes = (
  one: readonly number[] | undefined,
  other: readonly number[] | undefined,
  max: number,
): readonly number[] | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  return [...new Set([...one, ...other])].toSorted((a, b) => a - b).slice(-max);
};

const latestFailures = (
  one: readonly Failed[] | undefined,
  other: readonly Failed[] | undefined,
): readonly Failed[] | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  const distinct = new Map([...one, ...other].map((failed) => [textOf(failed), failed]));
  return [...distinct.values()].toSorted(compare).slice(-failuresKept);
};

const joinSeen = (one: Observations["seen"], other: Observations["seen"]): Observations["seen"] => {
  if (one === undefined || other === undefined) return one ?? other;
  return omitUndefined({
    release: span(one.release, other.release),
    other: span(one.other, other.other),
  });
};

const span = (one: Sighting | undefined, other: Sighting | undefined): Sighting | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  return { first: Math.min(one.first, other.first), last: Math.max(one.last, other.last) };
};
