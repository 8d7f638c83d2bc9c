const tickMs = 10;

/** Calls a function at a fixed rate until stopped, however long the calls take. */
export const atFixedRate = (perSecond: number, act: () => unknown): { stop(): void } => {
  const begun = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * perSecond;
    for (; done < due; done += 1) act();
  }, tickMs);
  return { stop: () => clearInterval(timer) };
};
