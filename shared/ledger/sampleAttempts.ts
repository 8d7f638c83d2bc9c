import { attemptSampleMs, attemptsSampledMax, sampledIntegrationsMax } from "./limits.ts";

/**
 * Says whether one more attempt of an integration is told in full: `attemptsSampledMax` that went well and as many
 * that failed within `attemptSampleMs`. Of a busy integration more would not be looked at.
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
