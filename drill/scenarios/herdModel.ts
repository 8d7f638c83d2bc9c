/** Devices that lost their connections at the same moment, the connect quota and their backoff. */
export interface Herd {
  readonly devices: number;
  /** The broker's connect quota; the token bucket has the same capacity. */
  readonly connectsPerSecond: number;
  /**
   * Full jitter: each wait is random up to a bound that doubles with each failure, up to the cap
   * and the outage so far.
   */
  readonly baseMs: number;
  readonly capMs: number;
}

const stepMs = 250;
const secondsMax = 86_400;

/**
 * Calculates after how many seconds the given fraction of a herd is connected (1 means all but the
 * last half device). Calculates expected values in time steps: devices that the broker rejects in a
 * step are spread evenly over their next, longer wait.
 */
export const secondsUntilConnected = (herd: Herd, fraction: number): number => {
  const { devices, connectsPerSecond } = herd;
  const bounds = waitBounds(herd);
  const waiting = bounds.map(() => new RetrySchedule());
  waiting[0]?.spread(devices, bounds[0] ?? 1, 0);
  let tokens = connectsPerSecond;
  let disconnected = devices;
  const disconnectedMax = fraction < 1 ? devices * (1 - fraction) : 0.5;
  for (let step = 0; step * stepMs < secondsMax * 1_000; step += 1) {
    if (disconnected <= disconnectedMax) return (step * stepMs) / 1_000;
    tokens = Math.min(connectsPerSecond, tokens + (connectsPerSecond * stepMs) / 1_000);
    const attempting = waiting.map((one) => one.take(step));
    const attempts = attempting.reduce((sum, each) => sum + each, 0);
    const admitted = Math.min(attempts, tokens);
    tokens -= admitted;
    disconnected -= admitted;
    const rejectedFraction = attempts > 0 ? 1 - admitted / attempts : 0;
    for (const [failures, each] of attempting.entries()) {
      const next = Math.min(failures + 1, bounds.length - 1);
      const outage = Math.max(bounds[0] ?? 1, step);
      const bound = Math.min(bounds[next] ?? 1, outage);
      waiting[next]?.spread(each * rejectedFraction, bound, step);
    }
  }
  return Number.POSITIVE_INFINITY;
};

/** The bound of the wait before each attempt, in steps. The last one applies to all later ones. */
const waitBounds = ({ baseMs, capMs }: Herd): number[] => {
  const bounds: number[] = [];
  for (let boundMs = baseMs; ; boundMs *= 2) {
    bounds.push(Math.max(1, Math.round(Math.min(boundMs, capMs) / stepMs)));
    if (boundMs >= capMs) return bounds;
  }
};

/**
 * Waiting devices by the step of their next attempt. Stores changes of the rate, so that `spread`
 * needs two additions.
 */
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
    // Rounding errors are not devices.
    return this.#rate < 1e-9 ? 0 : this.#rate;
  }

  #change(step: number, by: number): void {
    this.#changes.set(step, (this.#changes.get(step) ?? 0) + by);
  }
}
