/** A clock and a timer. */
export interface Clock {
  now(): number;
  wait(ms: number): Promise<void>;
}

/** Returns a function that waits until the mean rate allows more work, at most `perSecond`. */
export const openPace = (
  perSecond: number,
  { now, wait }: Clock,
): ((count: number) => Promise<void>) => {
  let freeAt = 0;
  return async (count) => {
    const at = now();
    const begin = Math.max(freeAt, at);
    freeAt = begin + (count / perSecond) * 1_000;
    if (begin > at) await wait(begin - at);
  };
};
