/** A clock that jumps from one thing to the next, so that hours take no time. */
export interface VirtualTime {
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Lets everything happen until a time. */
  run(until: number): Promise<void>;
}

/** Time that begins at `start`, in milliseconds. What is to happen at one time happens in the order it was planned. */
export const virtualTime = (start: number): VirtualTime => {
  let now = start;
  const planned = new Map<number, (() => void)[]>();
  const times: number[] = [];
  const plan = (at: number, what: () => void): void => {
    const same = planned.get(at);
    if (same !== undefined) return void same.push(what);
    planned.set(at, [what]);
    const after = times.findLastIndex((time) => time < at);
    times.splice(after + 1, 0, at);
  };
  /** All that follows without waiting for the clock has happened when the event loop turns. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    wait: (ms) => new Promise((resolve) => plan(now + Math.max(0, Math.round(ms)), resolve)),
    async run(until) {
      await settle();
      for (let at = times.shift(); at !== undefined && at <= until; at = times.shift()) {
        now = at;
        for (const what of planned.get(at) ?? []) what();
        planned.delete(at);
        await settle();
      }
    },
  };
};
