import { describe, expect, it } from "vitest";
import type { Listening } from "#shared/stream/ports.ts";
import {
  listeningCheckMs,
  listeningEffectiveMs,
  listeningMs,
  listeningRemainingMsMin,
  resumeMs,
} from "#shared/stream/resume/limits.ts";
import { renewListening } from "#shared/stream/resume/renewListening.ts";
import { memoryListeners } from "../../../memory/event/listeners.ts";
import { fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

/** Streams of a region; the test determines when each checks again. */
const world = () => {
  const clock = stoppedClock();
  const rows = new Map<string, Listening>();
  const table = { ...memoryListeners(rows) };
  const state = { writes: 0, down: false };
  const errors: string[] = [];
  const pendingReads: (() => void)[] = [];
  const listeners = {
    async find(of: string) {
      if (state.down) throw new Error("the table is down");
      return table.find(of);
    },
    async listen(...all: Parameters<typeof table.listen>) {
      state.writes += 1;
      return table.listen(...all);
    },
  };
  const stop = new AbortController();
  const open = () =>
    renewListening(
      fleet,
      {
        listeners,
        now: clock.now,
        wait: (ms) => {
          expect(ms).toBe(listeningCheckMs);
          return new Promise<void>((resolve) => pendingReads.push(resolve));
        },
        onError: (what) => errors.push(what),
      },
      stop.signal,
    );
  /** Advances the clock and runs the check of every stream. */
  const pass = async (ms: number): Promise<void> => {
    clock.ms += ms;
    for (const look of pendingReads.splice(0)) look();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, rows, state, errors, open, pass, stop };
};

describe("the listening period", () => {
  it("takes effect for new events when every worker has read it", async () => {
    const { clock, open } = world();
    const retention = await open();
    expect(retention.effectiveAt).toBe(someTime + listeningEffectiveMs);
    expect(retention.covers(someTime + listeningEffectiveMs - 1)).toBe(false);
    expect(retention.covers(someTime + listeningEffectiveMs)).toBe(true);
    clock.ms += listeningMs;
    expect(retention.covers(someTime + listeningEffectiveMs)).toBe(false);
  });

  it("always has enough time left for a resume, and is written rarely, for any number of streams", async () => {
    const { clock, rows, state, open, pass } = world();
    await Promise.all([open(), open(), open()]);
    for (let pendingReads = 0; pendingReads < 30; pendingReads += 1) {
      await pass(listeningCheckMs);
      expect(rows.get(fleet)!.until - clock.ms).toBeGreaterThanOrEqual(resumeMs);
    }
    expect(rows.get(fleet)!.since).toBe(someTime);
    const everyMs = listeningMs - listeningRemainingMsMin;
    expect(state.writes).toBeLessThanOrEqual(3 * Math.ceil((30 * listeningCheckMs) / everyMs + 1));
  });

  it("is extended by the next worker, and starts again after a break", async () => {
    const { clock, open, stop } = world();
    await open();
    stop.abort();
    clock.ms += listeningMs - 1;
    const next = await open();
    expect(next.covers(someTime + listeningEffectiveMs)).toBe(true);
    clock.ms += listeningMs + 1;
    const late = await open();
    expect(late.covers(someTime + listeningEffectiveMs)).toBe(false);
    expect(late.effectiveAt).toBe(clock.ms + listeningEffectiveMs);
  });

  it("does not prevent a stream if it cannot be written, and is written later", async () => {
    const { state, errors, open, pass } = world();
    state.down = true;
    const retention = await open();
    expect(errors).toEqual(["renewListening"]);
    expect(retention.covers(someTime + listeningEffectiveMs)).toBe(false);
    state.down = false;
    await pass(listeningCheckMs);
    expect(retention.effectiveAt).toBe(someTime + listeningCheckMs + listeningEffectiveMs);
  });
});
