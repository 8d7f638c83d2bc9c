import * as z from "zod/mini";

/** The names of the counts of each kind of traffic, in the order of stored attributes. */
export const trafficNames = {
  events: ["events"],
  calls: ["ok", "failed"],
} as const;

export type TrafficMetric = keyof typeof trafficNames;

/** The events of a fleet that a worker routed within a minute. */
export const routedEvents = z.object({
  fleet: z.string().check(z.minLength(1)),
  /** A time in that minute, in milliseconds since 1970. */
  at: z.int().check(z.nonnegative()),
  events: z.int().check(z.positive()),
});

export type RoutedEvents = z.output<typeof routedEvents>;

/** A number of events or calls of a fleet, or of one of its devices, in a minute. */
export interface TrafficCount {
  readonly fleet: string;
  readonly device?: string | undefined;
  readonly metric: TrafficMetric;
  /** A time in that minute, in milliseconds since 1970. */
  readonly at: number;
  /** In the order of `trafficNames`. */
  readonly counts: readonly number[];
}

/** The counts of a minute. */
export interface TrafficMinute {
  /** The start of the minute, in milliseconds since 1970. */
  readonly at: number;
  readonly counts: readonly number[];
}

/** Whose traffic, and of what kind. */
export type TrafficOf = Pick<TrafficCount, "fleet" | "device" | "metric">;

/**
 * Events and calls by the minute, for `ledgerDays`. Each region has its own rows. The counts are
 * approximate: a write that is repeated after a failure counts twice.
 */
export interface Traffic {
  /** Adds the numbers to the stored ones. */
  add(counts: readonly TrafficCount[]): Promise<void>;
  /**
   * Returns the minutes with traffic that contain a time from `from` (inclusive) to `to`
   * (exclusive), oldest first. A minute of several regions may be repeated.
   */
  minutes(of: TrafficOf, range: { from: number; to: number }): Promise<TrafficMinute[]>;
}

/** The events of some records by fleet and minute. */
export const trafficOf = (routed: readonly RoutedEvents[], minuteMs: number): TrafficCount[] => {
  const sums = new Map<string, RoutedEvents>();
  for (const { fleet, at, events } of routed) {
    const minute = Math.floor(at / minuteMs) * minuteMs;
    const key = `${minute} ${fleet}`;
    sums.set(key, { fleet, at: minute, events: events + (sums.get(key)?.events ?? 0) });
  }
  return [...sums.values()].map(({ fleet, at, events }) => ({
    fleet,
    metric: "events",
    at,
    counts: [events],
  }));
};
