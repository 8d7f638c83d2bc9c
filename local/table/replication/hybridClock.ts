/**
 * When a row was written, and where: of two writes of a row the one with the larger stamp stays, in every region. It is
 * a text that sorts as it counts: `000001774000000-000000-eu-west-1`.
 */
export type HybridTimestamp = string;

/** Gives each write of a region a stamp that is larger than every one that was given or heard before. */
export interface HybridClock {
  next(): HybridTimestamp;
  /** Another region's stamp. A write that comes after it counts as later, however slow the clock here is. */
  observe(stamp: HybridTimestamp): void;
}

const msDigits = 15;
const countDigits = 6;
const countMax = 10 ** countDigits - 1;

/** A hybrid logical clock: the time, and a count where that does not move. */
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
      const [heardMs = 0, heardCount = 0] = stamp.split("-", 2).map(Number);
      if (heardMs > ms || (heardMs === ms && heardCount > count))
        [ms, count] = [heardMs, heardCount];
    },
  };
};

const stampOf = (ms: number, count: number, region: string): HybridTimestamp =>
  [String(ms).padStart(msDigits, "0"), String(count).padStart(countDigits, "0"), region].join("-");

/** Of a row that was there before its table had replicas: any other write is later. */
export const firstStamp = (region: string): HybridTimestamp => stampOf(0, 0, region);

/** The time in a stamp. */
export const stampMs = (stamp: HybridTimestamp): number => Number(stamp.slice(0, msDigits));
