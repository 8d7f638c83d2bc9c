/** Deterministic random decisions of a seed. */
export interface Random {
  /** A number in [0, 1). */
  readonly next: () => number;
  bool(probability: number): boolean;
  /** An integer, both ends included. */
  int(from: number, to: number): number;
  pick<One>(choices: readonly One[]): One;
}

/** The generator `mulberry32`: small, fast, and sufficient for consecutive seeds. */
export const createRandom = (seed: number): Random => {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    bool: (probability) => next() < probability,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (choices) => choices[Math.floor(next() * choices.length)]!,
  };
};
