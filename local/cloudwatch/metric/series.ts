import { distinctValuesMax } from "../limits.ts";
import type { Metric } from "./metric.ts";

/** The samples of a time range, aggregated. */
export interface StatisticSet {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** Sample counts by value. */
export type Values = ReadonlyMap<number, number>;

const minuteMs = 60_000;
/** Expired minutes are removed in groups: removing from the front of an array copies the rest. */
const removedTogether = 32;

/**
 * The samples of one metric, aggregated by minute. CloudWatch stores metrics at this resolution,
 * and every period of an alarm is a multiple of it.
 */
export class Series {
  readonly metric: Metric;
  /** Starts of the minutes with samples, ascending, in ms since 1970; the others are parallel. */
  readonly #starts: number[] = [];
  readonly #sums: number[] = [];
  readonly #counts: number[] = [];
  readonly #mins: number[] = [];
  readonly #maxs: number[] = [];
  /** Sample counts by value, for metrics whose percentiles an alarm watches. */
  readonly #values: Map<number, number>[] | undefined;

  constructor(metric: Metric, { hasValues }: { hasValues: boolean }) {
    this.metric = metric;
    this.#values = hasValues ? [] : undefined;
  }

  /** The number of stored minutes. */
  get minutes(): number {
    return this.#starts.length;
  }

  /** Adds `count` samples with the same value. */
  add(time: number, value: number, count: number): void {
    const at = this.#minuteAt(time - (time % minuteMs));
    this.#sums[at] = (this.#sums[at] ?? 0) + value * count;
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#mins[at] = Math.min(this.#mins[at] ?? value, value);
    this.#maxs[at] = Math.max(this.#maxs[at] ?? value, value);
    this.#addValue(at, value, count);
  }

  /** Adds samples of which only the aggregate is known. They have no percentiles. */
  addSet(time: number, { sum, count, min, max }: StatisticSet): void {
    if (min === max) {
      // The samples of such a set have known values.
      this.add(time, min, count);
      return;
    }
    const at = this.#minuteAt(time - (time % minuteMs));
    this.#sums[at] = (this.#sums[at] ?? 0) + sum;
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#mins[at] = Math.min(this.#mins[at] ?? min, min);
    this.#maxs[at] = Math.max(this.#maxs[at] ?? max, max);
  }

  /** Aggregates the minutes from `from` to `to`, exclusive; `undefined` without samples. */
  statistics(from: number, to: number): StatisticSet | undefined {
    let [sum, count, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const end = this.#firstFrom(to);
    for (let at = this.#firstFrom(from); at < end; at += 1) {
      sum += this.#sums[at] ?? 0;
      count += this.#counts[at] ?? 0;
      min = Math.min(min, this.#mins[at] ?? min);
      max = Math.max(max, this.#maxs[at] ?? max);
    }
    return count === 0 ? undefined : { sum, count, min, max };
  }

  /**
   * The values of this range with their sample counts; `undefined` without samples, and when they
   * are not known: the values were sent as aggregates, or no alarm watches percentiles.
   */
  values(from: number, to: number): Values | undefined {
    const all = this.statistics(from, to);
    if (all === undefined) return undefined;
    if (all.min === all.max) return new Map([[all.min, all.count]]);
    if (this.#values === undefined) return undefined;
    const merged = new Map<number, number>();
    const end = this.#firstFrom(to);
    let known = 0;
    for (let at = this.#firstFrom(from); at < end; at += 1) {
      for (const [value, count] of this.#values[at] ?? []) {
        merged.set(value, (merged.get(value) ?? 0) + count);
        known += count;
      }
    }
    return known === all.count ? merged : undefined;
  }

  /** Removes the minutes before a time. They stay for a while longer. */
  prune(before: number): void {
    const expired = this.#firstFrom(before);
    if (expired < removedTogether && expired < this.#starts.length) return;
    for (const each of [this.#starts, this.#sums, this.#counts, this.#mins, this.#maxs]) {
      each.splice(0, expired);
    }
    this.#values?.splice(0, expired);
  }

  /** The index of a minute, which is added if it does not exist. */
  #minuteAt(start: number): number {
    const last = this.#starts.length - 1;
    if (last >= 0 && this.#starts[last] === start) return last;
    const at = this.#firstFrom(start);
    if (this.#starts[at] === start) return at;
    this.#starts.splice(at, 0, start);
    this.#sums.splice(at, 0, 0);
    this.#counts.splice(at, 0, 0);
    this.#mins.splice(at, 0, Number.POSITIVE_INFINITY);
    this.#maxs.splice(at, 0, Number.NEGATIVE_INFINITY);
    this.#values?.splice(at, 0, new Map());
    return at;
  }

  #addValue(at: number, value: number, count: number): void {
    const values = this.#values?.[at];
    if (values === undefined) return;
    const isExact = values.has(value) || values.size < distinctValuesMax;
    // Three significant digits: the error of a percentile is below 0.5 %.
    const stored = isExact ? value : Number(value.toPrecision(3));
    values.set(stored, (values.get(stored) ?? 0) + count);
  }

  /** The index of the first minute that starts at `time` or later. */
  #firstFrom(time: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
