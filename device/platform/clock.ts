/** Time, as the client sees it. Tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. It may jump when somebody sets the clock. */
  now(): number;
  /** Milliseconds since some moment. It never jumps, so it is what waits are measured with. */
  elapsed(): number;
  /** Runs something later; what it answers calls that off. */
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
