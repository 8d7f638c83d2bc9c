import type { Clock } from "../../../device/platform/clock.ts";

/** A clock that the test advances. */
export interface ManualClock extends Clock {
  /** Advances the time and runs the timers that are due. */
  advance(ms: number): void;
  /** Milliseconds until the next timer; `undefined` without a timer. */
  nextMs(): number | undefined;
}

export const manualClock = (startMs = 1_795_176_000_000): ManualClock => {
  let passed = 0;
  const timers = new Set<{ readonly at: number; run(): void }>();
  const first = () => [...timers].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => startMs + passed,
    elapsed: () => passed,
    after(ms, run) {
      const timer = { at: passed + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = passed + ms;
      for (let timer = first(); timer !== undefined && timer.at <= end; timer = first()) {
        timers.delete(timer);
        passed = timer.at;
        timer.run();
      }
      passed = end;
    },
    nextMs: () => {
      const timer = first();
      return timer && timer.at - passed;
    },
  };
};
