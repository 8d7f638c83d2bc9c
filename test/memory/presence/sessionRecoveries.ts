import { recoveryDays } from "#shared/presence/recovery/limits.ts";
import type {
  SessionRecoveries,
  SessionRecovery,
  SessionRecoveryPage,
} from "#shared/presence/recovery/sessionRecovery.ts";

/** Session recoveries in memory. */
export const memorySessionRecoveries = (
  now: () => number = () => 0,
): SessionRecoveries & { readonly all: () => SessionRecovery[] } => {
  const rows = new Map<string, SessionRecovery>();
  const key = ({ at, region, device, issue }: SessionRecovery) =>
    `${at}#${region}#${device}#${issue}`;
  const page = (
    found: SessionRecovery[],
    { limit, after }: { limit: number; after?: string },
  ): SessionRecoveryPage => {
    const kept = found
      .filter(({ at }) => at + recoveryDays * 86_400_000 > now())
      .sort((a, b) => (key(a) < key(b) ? 1 : -1))
      .filter((one) => after === undefined || key(one) < after);
    const recoveries = kept.slice(0, limit);
    const last = recoveries.at(-1);
    return { recoveries, ...(kept.length > limit && last && { next: key(last) }) };
  };
  return {
    all: () => [...rows.values()],
    add: async (sessionRecovery) => void rows.set(key(sessionRecovery), sessionRecovery),
    ofDevice: async (wanted, given) =>
      page(
        [...rows.values()].filter(({ device }) => device === wanted),
        given,
      ),
    ofFleet: async (wanted, given) =>
      page(
        [...rows.values()].filter(({ fleet }) => fleet === wanted),
        given,
      ),
  };
};
