const tickMs = 10;

/** Does something at a steady rate until it is stopped, whatever else is slow. */
export const steadily = (perSecond: number, act: () => unknown): { stop(): void } => {
  const begun = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * perSecond;
    for (; done < due; done += 1) act();
  }, tickMs);
  return { stop: () => clearInterval(timer) };
};
