/**
 * The time and region of a write. Of two writes of a row, the one with the larger stamp wins in
 * every region. Stamps sort as text: `000001774000000-000000-eu-west-1`.
 */
export type HybridTimestamp = string;

/** Assigns each write of a region a stamp that is larger than all assigned or observed ones. */
export interface HybridClock {
  next(): HybridTimestamp;
  /**
   * Observes another region's stamp. Later writes get larger stamps, even if the clock here is
   * behind.
   */
  observe(stamp: HybridTimestamp): void;
}

const msDigits = 15;
const countDigits = 6;
const countMax = 10 ** countDigits - 1;

/** A hybrid logical clock: the time, and a counter for writes at the same time. */
export const hybridClock = (region: string, now: () => number): HybridClock => {
  let ms = 0;
  let count = 0;
  return {
    next() {
      const time = now();
      if (time > ms) [ms, count] = [time, 0];
      else if (count < countMax) count += 1;
      else [ms, count] = [ms + 1, 0];
      return stampOf(ms, count, region);
    },
    observe(stamp) {
      const [observedMs = 0, observedCount = 0] = stamp.split("-", 2).map(Number);
      if (observedMs > ms || (observedMs === ms && observedCount > count))
        [ms, count] = [observedMs, observedCount];
    },
  };
};

const stampOf = (ms: number, count: number, region: string): HybridTimestamp =>
  [String(ms).padStart(msDigits, "0"), String(count).padStart(countDigits, "0"), region].join("-");

/** The stamp of a row that existed before its table had replicas: any other write is later. */
export const firstStamp = (region: string): HybridTimestamp => stampOf(0, 0, region);

/** The time of a stamp. */
export const stampMs = (stamp: HybridTimestamp): number => Number(stamp.slice(0, msDigits));
