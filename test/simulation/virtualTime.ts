/** A virtual clock that jumps to the next timer, so that hours take no time. */
export interface VirtualTime {
  readonly now: () => number;
  /** Schedules a callback. Returns a function that cancels it. */
  at(when: number, what: () => void): () => void;
  /** Rejects when the signal aborts. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Runs all timers until a time, or until `over` returns `true`. */
  run(until: number, over?: () => boolean): Promise<void>;
}

interface Planned {
  readonly at: number;
  /** Timers of the same time run in the order in which they were scheduled. */
  readonly turn: number;
  what: (() => void) | undefined;
}

/** Starts a virtual clock at `start`, in milliseconds. */
export const virtualTime = (start: number): VirtualTime => {
  let now = start;
  let turn = 0;
  const planned = openHeap<Planned>((a, b) => a.at - b.at || a.turn - b.turn);
  const at: VirtualTime["at"] = (when, what) => {
    turn += 1;
    const one: Planned = { at: Math.max(now, Math.round(when)), turn, what };
    planned.add(one);
    return () => {
      one.what = undefined;
    };
  };
  /** Runs the next timer. Returns whether there was one. */
  const runNext = (until: number): boolean => {
    let moment: number | undefined;
    for (let one = planned.first(); one !== undefined; one = planned.first()) {
      if (one.at > (moment ?? until)) break;
      planned.takeFirst();
      if (one.what === undefined) continue;
      moment = one.at;
      now = one.at;
      one.what();
    }
    return moment !== undefined;
  };
  return {
    now: () => now,
    at,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancel = at(now + Math.max(0, ms), resolve);
        signal?.addEventListener("abort", () => {
          cancel();
          reject(signal.reason);
        });
      }),
    async run(until, over = () => false) {
      do await settle();
      while (!over() && runNext(until));
      if (!over()) now = until;
    },
  };
};

/** Everything that does not wait for the clock has completed after a turn of the event loop. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const openHeap = <One>(compare: (a: One, b: One) => number) => {
  const all: One[] = [];
  const isBefore = (i: number, j: number): boolean =>
    j >= all.length || (i < all.length && compare(all[i]!, all[j]!) < 0);
  const swap = (i: number, j: number): void => {
    [all[i], all[j]] = [all[j]!, all[i]!];
  };
  return {
    first: (): One | undefined => all[0],
    add(one: One): void {
      let i = all.push(one) - 1;
      for (let up = (i - 1) >> 1; i > 0 && isBefore(i, up); up = (i - 1) >> 1) {
        swap(i, up);
        i = up;
      }
    },
    takeFirst(): void {
      const last = all.pop();
      if (last === undefined || all.length === 0) return;
      all[0] = last;
      for (let i = 0; ; ) {
        const left = 2 * i + 1;
        const least = isBefore(left, left + 1) ? left : left + 1;
        if (!isBefore(least, i) || least >= all.length) return;
        swap(i, least);
        i = least;
      }
    },
  };
};
