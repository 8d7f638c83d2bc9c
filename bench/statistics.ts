/** The smallest value that at least the part `p` (0 to 1) of the values do not exceed. NaN of nothing. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
};

/** The middle value; of an even number of values the lower of the two in the middle. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** How much `y` grows with each unit of `x`, by least squares. 0 when that cannot be said. */
export const slope = (points: readonly { readonly x: number; readonly y: number }[]): number => {
  const mean = (pick: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [xMean, yMean] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - xMean) ** 2, 0);
  if (!(spread > 0)) return 0;
  return points.reduce((sum, { x, y }) => sum + (x - xMean) * (y - yMean), 0) / spread;
};
