import { metricsMax, minutesMax, retentionMs } from "../limits.ts";
import type { MetricDatum, MetricSink } from "../metricSink.ts";
import { type Metric, metricKey } from "./metric.ts";
import { Series, type StatisticSet } from "./series.ts";

/** What an alarm reads of the metrics with a name. */
interface Interest {
  readonly namespace: string;
  readonly name: string;
  /** How far it looks back, in ms. */
  readonly lookBackMs: number;
  /** Whether it reads percentiles or other statistics that need each value. */
  readonly needsValues: boolean;
}

/** The metrics of one region. Its memory is bounded: see limits.ts. */
export interface MetricStore extends MetricSink {
  /** Adds samples of which only the aggregate is known. */
  putSet(metric: Metric, set: StatisticSet, time?: number): void;
  /** Keeps the metrics with this name as long as an alarm needs them. */
  register(interest: Interest): void;
  find(metric: Metric): Series | undefined;
  /** All metrics with this name, whatever their dimensions are. */
  select(namespace: string, name: string): readonly Series[];
  /** All metrics. */
  all(): readonly Series[];
  /** Removes what no alarm can read any more. Call it once a minute. */
  prune(): void;
  /** The number of metrics. */
  readonly size: number;
  /** Samples that were dropped, because a limit was reached or their time is out of range. */
  readonly dropped: number;
}

/** The metrics with one name. */
interface Named {
  readonly series: Map<string, Series>;
  retentionMs: number;
  hasValues: boolean;
  isRegistered: boolean;
}

/** A sample may be this far in the future, as in `PutMetricData`. */
const futureMsMax = 2 * 3_600_000;

/** Creates an empty store. `now` returns the time in ms since 1970. */
export const openMetricStore = (now: () => number): MetricStore => new MemoryMetricStore(now);

class MemoryMetricStore implements MetricStore {
  readonly #now: () => number;
  readonly #byName = new Map<string, Named>();
  #minutes = 0;
  size = 0;
  dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(datum: MetricDatum): void {
    const { value, count = 1, time = this.#now() } = datum;
    if (!Number.isFinite(value) || !(count > 0)) return;
    this.#add(datum, time, (series) => series.add(time, value, count));
  }

  putSet(metric: Metric, set: StatisticSet, time = this.#now()): void {
    this.#add(metric, time, (series) => series.addSet(time, set));
  }

  register({ namespace, name, lookBackMs, needsValues }: Interest): void {
    const all = this.#named(namespace, name);
    all.retentionMs = Math.max(all.retentionMs, lookBackMs);
    all.hasValues ||= needsValues;
    all.isRegistered = true;
  }

  find(metric: Metric): Series | undefined {
    return this.#byName.get(nameKey(metric.namespace, metric.name))?.series.get(metricKey(metric));
  }

  select(namespace: string, name: string): readonly Series[] {
    return [...(this.#byName.get(nameKey(namespace, name))?.series.values() ?? [])];
  }

  all(): readonly Series[] {
    return [...this.#byName.values()].flatMap(({ series }) => [...series.values()]);
  }

  prune(): void {
    for (const [name, { series, retentionMs, isRegistered }] of this.#byName) {
      const before = this.#now() - retentionMs;
      for (const [key, each] of series) {
        this.#change(each, () => each.prune(before));
        if (each.minutes > 0) continue;
        series.delete(key);
        this.size -= 1;
      }
      if (series.size === 0 && !isRegistered) this.#byName.delete(name);
    }
  }

  #add(metric: Metric, time: number, run: (series: Series) => void): void {
    const all = this.#named(metric.namespace, metric.name);
    const now = this.#now();
    const isInRange = time > now - all.retentionMs && time < now + futureMsMax;
    const hasSpace = isInRange && this.#minutes < minutesMax;
    const series = hasSpace ? this.#seriesOf(metric, all) : undefined;
    if (series === undefined) this.dropped += 1;
    else this.#change(series, () => run(series));
  }

  #change(series: Series, run: () => void): void {
    const before = series.minutes;
    run();
    this.#minutes += series.minutes - before;
  }

  #named(namespace: string, name: string): Named {
    const key = nameKey(namespace, name);
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const made = { series: new Map(), retentionMs, hasValues: false, isRegistered: false };
    this.#byName.set(key, made);
    return made;
  }

  /** The series of a metric, added if there is space for it. */
  #seriesOf(metric: Metric, all: Named): Series | undefined {
    const key = metricKey(metric);
    const known = all.series.get(key);
    if (known !== undefined) return known;
    if (this.size >= metricsMax) return undefined;
    const { namespace, name, dimensions } = metric;
    const made = new Series({ namespace, name, dimensions: { ...dimensions } }, all);
    all.series.set(key, made);
    this.size += 1;
    return made;
  }
}

const nameKey = (namespace: string, name: string): string => `${namespace}\0${name}`;

/** Finds no metric. */
export const emptyStore: Pick<MetricStore, "find" | "select"> = {
  find: () => undefined,
  select: () => [],
};
