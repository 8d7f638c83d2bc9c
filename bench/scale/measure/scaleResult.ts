/** What a measurement of growing numbers found. */
export interface ScaleResult {
  /** What there are more and more of, for example `dead letters`. */
  readonly of: string;
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  /** Sentences below the table. */
  readonly note: string;
}

/** One quantity, for each number. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** In the plot: time or memory of one unit, which should not grow with the number. */
  readonly isPlotted: boolean;
}

/** The values of all series at one number. */
export interface Point {
  readonly number: number;
  /** In the order of the series; `undefined` if it was not measured. */
  readonly values: readonly (number | undefined)[];
}

/** One part of `scale`. Measures each of the numbers, until the time is over. */
export type Measure = (numbers: readonly number[], context: MeasureContext) => Promise<ScaleResult>;

export interface MeasureContext {
  readonly log: (text: string) => void;
  /** Of `performance.now()`: no further number begins after it. */
  readonly deadline: number;
}

/** Runs a function and returns its milliseconds. */
export const msOf = async (run: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
};

/** The median of the milliseconds of some runs. */
export const medianMsOf = async (times: number, run: () => Promise<unknown>): Promise<number> => {
  const all: number[] = [];
  for (let i = 0; i < times; i += 1) all.push(await msOf(run));
  return all.toSorted((one, other) => one - other)[Math.floor(times / 2)] ?? Number.NaN;
};
