import { describe, expect, it } from "vitest";
import { dayMs, hourMs, minuteMs } from "#shared/platform/durations.ts";
import { assess, type Evidence } from "#shared/release/model/assess.ts";
import type { Observations } from "#shared/release/model/progress.ts";

const told: Observations = {
  offers: [0],
  accepted: { at: 0 },
  restarting: { at: minuteMs },
  former: { at: 0, patienceMs: 15 * minuteMs, intervalMs: 5 * minuteMs, publishes: true },
};
const { restarting: _, ...begun } = told;
const back: Observations = {
  ...told,
  seen: { release: { first: 2 * minuteMs, last: 2 * minuteMs } },
};

const verdict = (given: Partial<Evidence>) => {
  const found = assess({
    seen: back,
    returnMs: 15 * minuteMs,
    isConnected: true,
    aliveAt: 2 * minuteMs,
    publishedAt: 3 * minuteMs,
    now: 7 * minuteMs,
    ...given,
  });
  return found.kind === "harmed" ? found.harm : found.kind;
};

describe("a device after its update", () => {
  it("is healthy after its usual interval, connected, with the new image, publishing", () => {
    expect(verdict({})).toBe("healthy");
    expect(verdict({ now: 6 * minuteMs })).toBe("pending");
  });

  it("is silent when it does not come back within its own interval", () => {
    const silent = { seen: told, isConnected: false, aliveAt: 0 };
    expect(verdict({ ...silent, now: 17 * minuteMs })).toBe("pending");
    expect(verdict({ ...silent, now: 18 * minuteMs })).toBe("silent");
  });

  it("has not come back if it is connected after its restart, and never has the new image", () => {
    const other = { other: { first: 0, last: 2 * minuteMs } };
    for (const seen of [told, { ...told, seen: other }, { ...told, confirmed: { at: minuteMs } }]) {
      // 15 minutes of patience, 2 for the restart, and 3 until a message is known.
      expect(verdict({ seen, aliveAt: hourMs, now: 20 * minuteMs })).toBe("pending");
      expect(verdict({ seen, aliveAt: hourMs, now: 21 * minuteMs })).toBe("silent");
      const outageAt = 20 * minuteMs;
      expect(verdict({ seen, aliveAt: hourMs, outageAt, now: 39 * minuteMs })).toBe("pending");
    }
  });

  it("that repeats its success keeps nobody waiting", () => {
    const seen = { ...told, offers: [0], confirmed: { at: 7 * hourMs } };
    expect(verdict({ seen, aliveAt: 7 * hourMs, now: 7 * hourMs })).toBe("silent");
  });

  it("is asleep, not silent, while its wake interval is not over", () => {
    const former = { at: 0, patienceMs: 3 * dayMs, intervalMs: dayMs, publishes: true };
    const asleep = { seen: { ...told, former }, isConnected: false, aliveAt: 0 };
    expect(verdict({ ...asleep, now: 2 * dayMs })).toBe("pending");
    expect(verdict({ ...asleep, now: 3 * dayMs + hourMs })).toBe("silent");
  });

  it("is silent when it is back and falls silent again", () => {
    expect(verdict({ isConnected: false, now: 17 * minuteMs })).toBe("silent");
  });

  it("does not work when it is connected and stops to publish", () => {
    // 15 minutes after its return at 2 minutes, and the time after which an event is known.
    expect(verdict({ publishedAt: minuteMs, now: 19 * minuteMs })).toBe("pending");
    expect(verdict({ publishedAt: minuteMs, now: 20 * minuteMs })).toBe("stopped_publishing");
  });

  it("is not harmed by the time after which the cloud knows an event, however short its rhythm", () => {
    const former = { at: 0, patienceMs: 30_000, intervalMs: 5_000, publishes: true };
    const seen = { ...back, former };
    expect(verdict({ seen, publishedAt: minuteMs, now: 3 * minuteMs })).toBe("pending");
    expect(verdict({ seen, publishedAt: 3 * minuteMs, now: 4 * minuteMs })).toBe("healthy");
  });

  it("need not publish if it never did", () => {
    const former = { at: 0, patienceMs: hourMs, intervalMs: 0, publishes: false };
    expect(verdict({ seen: { ...back, former }, publishedAt: undefined })).toBe("healthy");
  });

  it("does not work when its calls fail", () => {
    expect(verdict({ calls: { ok: 0, failed: 3 } })).toBe("calls_fail");
    expect(verdict({ calls: { ok: 1, failed: 3 } })).toBe("healthy");
  });

  it("does not work when it resets repeatedly", () => {
    const resets = [2, 3, 4].map((minutes) => minutes * minuteMs);
    expect(verdict({ seen: { ...back, resets } })).toBe("resets");
  });

  it("is not healthy when its vitals got worse", () => {
    expect(verdict({ hasWorseVitals: true })).toBe("vitals");
  });

  it("has stalled when it is connected and does not go on for hours", () => {
    expect(verdict({ seen: begun, now: 7 * hourMs, aliveAt: 7 * hourMs })).toBe("stalled");
  });

  it("has stalled after a day, whatever it reports and however often it begins again", () => {
    const busy = (at: number): Observations[] => [
      { ...begun, downloading: { at, offset: 1 } },
      { ...begun, offers: [0, at], accepted: { at } },
      { ...begun, unavailable: { at, status: 503 } },
    ];
    for (const seen of busy(23 * hourMs)) {
      expect(verdict({ seen, now: 23 * hourMs, aliveAt: 23 * hourMs })).toBe("pending");
    }
    for (const seen of busy(dayMs)) {
      expect(verdict({ seen, now: dayMs, aliveAt: dayMs })).toBe("stalled");
    }
  });

  it("has stalled after a day of restarts, although only the latest offers are kept", () => {
    const offers = Array.from({ length: 16 }, (_, i) => dayMs - (16 - i) * minuteMs);
    const seen = { ...told, offers, accepted: { at: dayMs } };
    expect(verdict({ seen, now: dayMs, aliveAt: dayMs })).toBe("stalled");
  });

  it("has its day again at the first offer after an attempt that has ended", () => {
    const at = 20 * hourMs;
    const day = 5 * dayMs;
    for (const ended of [
      { failures: [{ at, error: "write_failed" }] },
      { deferred: { at, until: day } },
      { cancelled: { at } },
    ] satisfies Observations[]) {
      const seen = (reportedAt: number): Observations => ({
        ...{ ...told, ...ended, offers: [0, day, day + hourMs] },
        accepted: { at: reportedAt },
      });
      const still = day + 23 * hourMs;
      expect(verdict({ seen: seen(still), now: still, aliveAt: still })).toBe("pending");
      const over = day + dayMs;
      expect(verdict({ seen: seen(over), now: over, aliveAt: over })).toBe("stalled");
    }
  });

  it("has its day again when an outage is over", () => {
    const now = 3 * dayMs;
    const seen = { ...told, downloading: { at: now, offset: 1 } };
    expect(verdict({ seen, now, aliveAt: now, outageAt: now - hourMs })).toBe("pending");
  });

  it("that sleeps has several of its days", () => {
    const former = { at: 0, patienceMs: 3 * dayMs, intervalMs: dayMs, publishes: true };
    const seen = { ...told, former, downloading: { at: 9 * dayMs, offset: 1 } };
    expect(verdict({ seen, now: 9 * dayMs, aliveAt: 9 * dayMs })).toBe("pending");
    const later = { ...seen, downloading: { at: 12 * dayMs, offset: 1 } };
    expect(verdict({ seen: later, now: 12 * dayMs, aliveAt: 12 * dayMs })).toBe("stalled");
  });

  it("has not stalled while the cloud refuses its download", () => {
    const seen = { ...told, unavailable: { at: 7 * hourMs, status: 503 } };
    expect(verdict({ seen, now: 7 * hourMs, aliveAt: 7 * hourMs })).toBe("pending");
  });

  it("without a rhythm has the time that the release gives it", () => {
    const { former: _, ...unknown } = told;
    const silent = { seen: unknown, isConnected: false, aliveAt: 0, returnMs: 30_000 };
    expect(verdict({ ...silent, now: minuteMs + 149_000 })).toBe("pending");
    expect(verdict({ ...silent, now: minuteMs + 150_000 })).toBe("silent");
  });
});
