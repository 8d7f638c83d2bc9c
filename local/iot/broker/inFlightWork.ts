import { publishesInFlightTotalMax } from "../limits.ts";

/** Work in progress of all connections, which a stop waits for. */
export interface InFlightWork {
  /** Counts a work that has begun. Returns `false` when there are too many, and counts nothing. */
  begin(): boolean;
  end(): void;
  /** Resolves when all work has ended or the time is over. */
  ended(waitMs: number): Promise<void>;
}

export const trackInFlight = (): InFlightWork => {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    begin() {
      if (count >= publishesInFlightTotalMax) return false;
      count += 1;
      return true;
    },
    end() {
      count -= 1;
      if (count === 0) for (const resolve of waiting) resolve();
    },
    async ended(waitMs) {
      if (count === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      const timer = setTimeout(resolve, waitMs);
      await promise;
      clearTimeout(timer);
      waiting.delete(resolve);
    },
  };
};
