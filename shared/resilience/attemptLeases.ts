import { BoundedMap } from "../platform/boundedMap.ts";
import type { AttemptQuota } from "./attemptQuota.ts";
import { breakersMax, leasesPerSecondMax } from "./limits.ts";

/** A worker's part of the attempts of one second. */
interface Lease {
  readonly second: number;
  left: number;
  /** The region has no more attempts in this second. */
  isExhausted: boolean;
  /** Deliveries that wait for `request`. */
  waiting: number;
  request?: Promise<void> | undefined;
}

/** The attempts of a worker at recovering targets. */
export interface AttemptLeases {
  /**
   * Takes an attempt of a second, of which all workers together have `allowed`. Returns `false` if
   * there is none left.
   */
  take(integration: string, limit: { second: number; allowed: number }): Promise<boolean>;
  /** Returns an attempt that was not made. */
  giveBack(integration: string): void;
}

/**
 * Leases attempts from the quota of the region: several at once, so that a target costs at most
 * about `leasesPerSecondMax` requests a second, and one refused request for each worker. If the
 * quota is unavailable, each worker makes one attempt a second. `onError` is called then.
 */
export const openAttemptLeases = (
  quota: AttemptQuota,
  onError: (error: unknown) => void,
): AttemptLeases => {
  const leases = new BoundedMap<string, Lease>(breakersMax);
  const leaseOf = (integration: string, second: number): Lease => {
    const known = leases.get(integration);
    if (known?.second === second) return known;
    const lease = { second, left: 0, isExhausted: false, waiting: 0 };
    leases.set(integration, lease);
    return lease;
  };
  const extend = async (integration: string, lease: Lease, allowed: number): Promise<void> => {
    // The other deliveries of the batch arrive first, and are counted.
    await Promise.resolve();
    const { second } = lease;
    const wanted = Math.max(lease.waiting, Math.ceil(allowed / leasesPerSecondMax));
    try {
      const granted = await quota.acquire(integration, { second, allowed, wanted });
      lease.left += granted;
      lease.isExhausted = granted < wanted;
    } catch (error) {
      onError(error);
      lease.left += 1;
      lease.isExhausted = true;
    } finally {
      lease.request = undefined;
    }
  };
  return {
    async take(integration, { second, allowed }) {
      // Kept while waiting: an attempt that was granted late is used and not lost.
      const lease = leaseOf(integration, second);
      lease.waiting += 1;
      while (lease.left === 0 && !lease.isExhausted) {
        lease.request ??= extend(integration, lease, allowed);
        await lease.request;
      }
      lease.waiting -= 1;
      if (lease.left === 0) return false;
      lease.left -= 1;
      return true;
    },

    giveBack(integration) {
      const lease = leases.get(integration);
      if (lease !== undefined) lease.left += 1;
    },
  };
};
