import type { LossCounts } from "../loss/deliveryTracker.ts";
import type { Section } from "./section.ts";
import { count, mb, seconds } from "./units.ts";

/** Result of an overload of one system. */
export interface OverloadResult extends LossCounts {
  readonly system: string;
  /** Highest steady rate, and the rate that was offered. */
  readonly highest: number;
  readonly offered: number;
  readonly seconds: number;
  /** Events that the broker acknowledged and that arrived per second of the overload. */
  readonly acknowledgedPerSecond: number;
  readonly arrivedPerSecond: number;
  readonly memoryBeforeBytes: number;
  readonly memoryMaxBytes: number;
  readonly memoryAfterBytes: number;
  readonly threadsMax: number;
  /** Acknowledged events that had not arrived at the end of the overload. */
  readonly backlog: number;
  readonly drainMs: number;
}

/** Results of the overload of each system. */
export const overloadSection = (all: readonly OverloadResult[]): Section => ({
  headings: [
    "Overload",
    "highest/s",
    "offered/s",
    "acknowledged/s",
    "arrived/s",
    "memory MB before / maximum / after",
    "threads",
    "backlog",
    "drained in s",
    "drained/s",
    "lost",
    "twice",
  ],
  rows: all.map((one) => [
    `${one.system}, ${one.seconds} s`,
    count(one.highest),
    count(one.offered),
    count(one.acknowledgedPerSecond),
    count(one.arrivedPerSecond),
    [one.memoryBeforeBytes, one.memoryMaxBytes, one.memoryAfterBytes].map(mb).join(" / "),
    count(one.threadsMax),
    count(one.backlog),
    seconds(one.drainMs),
    one.drainMs > 0 ? count((one.backlog * 1_000) / one.drainMs) : "",
    count(one.lost),
    count(one.repeated),
  ]),
  note: "A device has at most 100 unacknowledged events; while all devices wait, offered events are not published, as with a device that keeps them in its outbox. The backlog is the number of acknowledged events that had not arrived at the end of the overload. Lost events are acknowledged events that never arrived.",
});
