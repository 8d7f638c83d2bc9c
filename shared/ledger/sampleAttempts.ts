import { attemptSampleMs, attemptsSampledMax, sampledIntegrationsMax } from "./limits.ts";

/**
 * Returns a function that decides whether an attempt is recorded. Of each integration,
 * `attemptsSampledMax` successful and as many failed attempts are recorded within
 * `attemptSampleMs`.
 */
export const sampleAttempts = ({ now }: { now: () => number }) => {
  let since = Number.NEGATIVE_INFINITY;
  const told = new Map<string, number>();
  return (integration: string, ok: boolean): boolean => {
    if (now() - since >= attemptSampleMs || told.size >= sampledIntegrationsMax) {
      told.clear();
      since = now();
    }
    const key = `${ok}/${integration}`;
    const count = told.get(key) ?? 0;
    if (count >= attemptsSampledMax) return false;
    told.set(key, count + 1);
    return true;
  };
};
