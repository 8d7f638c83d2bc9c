import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type HeartbeatProfile,
  nextCheckAt,
  overdueAt,
  updateProfile,
} from "#shared/presence/recovery/heartbeatProfile.ts";
import {
  overdueFactor,
  profileLearnMs,
  profilePeriodMs,
  silentMsMin,
} from "#shared/presence/recovery/limits.ts";
import { deviceId, someTime } from "../../../memory/samples.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * How a device behaves for a while: every so long, up to so much earlier or later, each beat missed
 * or not.
 */
const stretch = (slowest: number) =>
  fc.record({
    everyMs: fc.integer({ min: minuteMs, max: slowest }),
    jitter: fc.double({ min: 0, max: 0.2, noNaN: true }),
    chances: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 200,
      maxLength: 200,
    }),
  });
interface Stretch {
  readonly everyMs: number;
  readonly jitter: number;
  readonly chances: readonly number[];
}

/** The times of a device's messages. It misses single messages, but never two in a row. */
const heartbeats = (from: number, { everyMs, jitter, chances }: Stretch): number[] =>
  chances.flatMap((chance, i) => {
    const isMissed = chance < 0.1 && i > 0 && (chances[i - 1] ?? 0) >= 0.1;
    if (isMissed) return [];
    return [Math.round(from + (i + 1) * everyMs + (2 * chance - 1) * jitter * everyMs)];
  });

/**
 * The rhythm after all of it, and the pauses in which the device would have been called overdue.
 */
const follow = (times: readonly number[], from?: HeartbeatProfile) => {
  let known = from;
  const alarms: number[] = [];
  for (const at of times) {
    if (known !== undefined && at >= overdueAt(known)) alarms.push(at);
    known = updateProfile(known, deviceId, at);
  }
  return { known: known!, alarms };
};

describe("the heartbeat profile of a device", () => {
  it("causes no false alarm with jitter and missed heartbeats, learned or announced", () => {
    fc.assert(
      fc.property(stretch(2 * dayMs), fc.boolean(), (given, isAnnounced) => {
        const from = updateProfile(undefined, deviceId, someTime);
        const start = isAnnounced ? { ...from, wake: given.everyMs } : from;
        expect(follow(heartbeats(someTime, given), start).alarms).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("causes no false alarm when the interval shrinks or doubles", () => {
    fc.assert(
      fc.property(
        stretch(6 * hourMs),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        (given, by) => {
          const first = heartbeats(someTime, given);
          const second = heartbeats(first.at(-1)!, {
            ...given,
            jitter: 0,
            everyMs: given.everyMs * by,
          });
          expect(follow([someTime, ...first, ...second]).alarms).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("has the interval of the night for a device that is busy by day", () => {
    const days = Array.from({ length: 10 }, (_, day) =>
      Array.from({ length: 8 * 60 }, (__, minute) => someTime + day * dayMs + minute * minuteMs),
    );
    expect(follow(days.flat()).alarms).toEqual([]);
  });

  it("detects a silent device after a multiple of its longest pause", () => {
    fc.assert(
      fc.property(stretch(12 * hourMs), (given) => {
        const times = [someTime, ...heartbeats(someTime, given)];
        const { known } = follow(times);
        fc.pre(known.last - known.first >= profileLearnMs);
        const longest = Math.max(...times.map((at, i) => at - (times[i - 1] ?? at)));
        expect(overdueAt(known) - known.last).toBeLessThanOrEqual(
          Math.max(silentMsMin, overdueFactor * longest),
        );
      }),
    );
  });

  it("does not extend an announced interval after an outage", () => {
    const known = follow([someTime, someTime + dayMs, someTime + dayMs + 5 * minuteMs], {
      ...updateProfile(undefined, deviceId, someTime - 1),
      wake: 10 * minuteMs,
    }).known;
    expect(overdueAt(known) - known.last).toBe(overdueFactor * overdueFactor * 10 * minuteMs);
  });

  it("drops old pauses", () => {
    const known = follow([someTime, someTime + dayMs]).known;
    const busy = Array.from(
      { length: (3 * profilePeriodMs) / hourMs },
      (_, i) => known.last + (i + 1) * hourMs,
    );
    expect(overdueAt(follow(busy, known).known) - busy.at(-1)!).toBe(overdueFactor * hourMs);
  });

  it("is the same after a repeated update", () => {
    fc.assert(
      fc.property(stretch(dayMs), fc.nat(200), (given, from) => {
        const times = heartbeats(someTime, given);
        const { known } = follow(times);
        expect(follow(times.slice(from), known).known).toEqual(known);
      }),
    );
  });

  it("needs a day, and ignores pauses within a burst", () => {
    expect(overdueAt(follow([someTime, someTime + profileLearnMs - 1]).known)).toBe(Infinity);
    const burst = Array.from({ length: 2_000 }, (_, i) => someTime + i * 59_000);
    const { known } = follow(burst);
    expect(overdueAt(known) - known.last).toBe(silentMsMin);
  });

  it("doubles the time between checks of a silent device", () => {
    const { known } = follow([someTime, someTime + 2 * dayMs]);
    const wait = nextCheckAt(known) - known.last;
    expect(nextCheckAt({ ...known, looks: 1 }) - known.last).toBe(2 * wait);
    expect(nextCheckAt({ ...known, looks: 3 }) - known.last).toBe(8 * wait);
  });
});
