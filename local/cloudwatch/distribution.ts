/** Each bucket's upper limit is this multiple of its lower limit. */
const growth = 1.05;
/** Smaller values share the first bucket. */
const least = 0.001;
/** Up to 10^9, so that the last bucket holds every larger value. */
const buckets = 570;

const perLog = 1 / Math.log(growth);
const offset = 1 - Math.log(least) * perLog;

/**
 * Samples of a metric that are counted without an object for each: by buckets of 5%. The sum, the
 * number, the minimum and the maximum are exact; percentiles are exact within a bucket.
 */
export class Distribution {
  // Most distributions of a region never have a sample.
  #counts = new Uint32Array(0);
  #sums = new Float64Array(0);
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** Adds a sample that is not negative. */
  add(value: number): void {
    if (this.#counts.length === 0) {
      this.#counts = new Uint32Array(buckets);
      this.#sums = new Float64Array(buckets);
    }
    const at = indexOf(value);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sums[at] = (this.#sums[at] ?? 0) + value;
    this.#count += 1;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Passes all samples to `put`, equal values with their number, and removes them. */
  drain(put: (value: number, count: number) => void): void {
    if (this.#count === 0) return;
    // Both are in buckets with other samples, whose average would hide them.
    this.#take(this.#max, put);
    if (this.#count > 0) this.#take(this.#min, put);
    for (const [at, count] of this.#counts.entries()) {
      if (count > 0) put((this.#sums[at] ?? 0) / count, count);
    }
    this.#counts.fill(0);
    this.#sums.fill(0);
    this.#count = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #take(value: number, put: (value: number, count: number) => void): void {
    const at = indexOf(value);
    this.#counts[at] = (this.#counts[at] ?? 0) - 1;
    this.#sums[at] = (this.#sums[at] ?? 0) - value;
    this.#count -= 1;
    put(value, 1);
  }
}

const indexOf = (value: number): number =>
  value <= least ? 0 : Math.min(buckets - 1, Math.floor(Math.log(value) * perLog + offset));
