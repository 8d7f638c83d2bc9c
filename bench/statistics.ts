/** Nearest-rank percentile; `p` is 0 to 1. NaN without values. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
};

/** The median; for an even number of values, the lower of the two middle values. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Slope of the least-squares line. 0 if it is undefined. */
export const slope = (points: readonly { readonly x: number; readonly y: number }[]): number => {
  const mean = (pick: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [xMean, yMean] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - xMean) ** 2, 0);
  if (!(spread > 0)) return 0;
  return points.reduce((sum, { x, y }) => sum + (x - xMean) * (y - yMean), 0) / spread;
};
