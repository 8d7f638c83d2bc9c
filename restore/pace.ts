/** The time, and how to let it pass. */
export interface Clock {
  now(): number;
  wait(ms: number): Promise<void>;
}

/** Returns what waits until so many more may be done, so that there are never more than `perSecond` on the mean. */
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
