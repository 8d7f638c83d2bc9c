/** A herd: devices that lost their connections at the same moment, and what they come back through. */
export interface Herd {
  readonly devices: number;
  /** The broker's quota; it admits as many at once. */
  readonly connectsPerSecond: number;
  /** Full jitter: a wait is anything up to a bound that doubles with each failure, up to the cap. */
  readonly baseMs: number;
  readonly capMs: number;
}

const stepMs = 250;
const secondsMax = 86_400;

/**
 * After how many seconds the given part of a herd is back (1 is all but the last half device). It is the mean of
 * what chance does, reckoned in steps: whoever is refused in one is spread evenly over the next, longer wait.
 */
export const secondsUntilConnected = (herd: Herd, part: number): number => {
  const { devices, connectsPerSecond } = herd;
  const bounds = waitBounds(herd);
  const waiting = bounds.map(() => new RetrySchedule());
  waiting[0]?.spread(devices, bounds[0] ?? 1, 0);
  let tokens = connectsPerSecond;
  let away = devices;
  const awayMax = part < 1 ? devices * (1 - part) : 0.5;
  for (let step = 0; step * stepMs < secondsMax * 1_000; step += 1) {
    if (away <= awayMax) return (step * stepMs) / 1_000;
    tokens = Math.min(connectsPerSecond, tokens + (connectsPerSecond * stepMs) / 1_000);
    const trying = waiting.map((one) => one.take(step));
    const all = trying.reduce((sum, each) => sum + each, 0);
    const admitted = Math.min(all, tokens);
    tokens -= admitted;
    away -= admitted;
    const refusedPart = all > 0 ? 1 - admitted / all : 0;
    for (const [tries, each] of trying.entries()) {
      const next = Math.min(tries + 1, bounds.length - 1);
      waiting[next]?.spread(each * refusedPart, bounds[next] ?? 1, step);
    }
  }
  return Number.POSITIVE_INFINITY;
};

/** The longest wait before each try, in steps; the last one stays. */
const waitBounds = ({ baseMs, capMs }: Herd): number[] => {
  const bounds: number[] = [];
  for (let boundMs = baseMs; ; boundMs *= 2) {
    bounds.push(Math.max(1, Math.round(Math.min(boundMs, capMs) / stepMs)));
    if (boundMs >= capMs) return bounds;
  }
};

/** Devices that wait, by the step in which they try: kept as changes of their rate, so that a spread costs two additions. */
class RetrySchedule {
  readonly #changes = new Map<number, number>();
  #rate = 0;

  spread(devices: number, steps: number, now: number): void {
    if (devices === 0) return;
    this.#change(now + 1, devices / steps);
    this.#change(now + 1 + steps, -devices / steps);
  }

  take(step: number): number {
    this.#rate += this.#changes.get(step) ?? 0;
    this.#changes.delete(step);
    // What rounding leaves is nobody.
    return this.#rate < 1e-9 ? 0 : this.#rate;
  }

  #change(step: number, by: number): void {
    this.#changes.set(step, (this.#changes.get(step) ?? 0) + by);
  }
}
