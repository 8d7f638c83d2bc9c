/** The client's source of time. Tests pass their own. */
export interface Clock {
  /** Milliseconds since 1970. Jumps when the system clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start. Monotonic: measure durations with it. */
  elapsed(): number;
  /** Runs a function after a delay. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
