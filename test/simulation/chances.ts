/** Deterministic random decisions of a seed. */
export interface Chances {
  /** A number in [0, 1). */
  readonly next: () => number;
  is(probability: number): boolean;
  /** An integer, both ends included. */
  int(from: number, to: number): number;
  of<One>(choices: readonly One[]): One;
}

/** The generator `mulberry32`: small, fast, and sufficient for consecutive seeds. */
export const chances = (seed: number): Chances => {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    is: (probability) => next() < probability,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    of: (choices) => choices[Math.floor(next() * choices.length)]!,
  };
};
