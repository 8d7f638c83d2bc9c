import type { AttemptQuota } from "#shared/resilience/attemptQuota.ts";

/** A quota of attempts in memory, by integration and second. Calls `onRequest` for each request. */
export const memoryAttemptQuota = (onRequest = (): void => {}): AttemptQuota => {
  const attempts = new Map<string, number>();
  return {
    async acquire(integration, { second, allowed, wanted }) {
      onRequest();
      const key = `${integration} ${second}`;
      const before = attempts.get(key) ?? 0;
      const granted = Math.max(0, Math.min(wanted, allowed - before));
      attempts.set(key, before + granted);
      return granted;
    },
  };
};
