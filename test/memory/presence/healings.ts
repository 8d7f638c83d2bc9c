import type { Healing, HealingPage, Healings } from "#shared/presence/recovery/healing.ts";
import { healingDays } from "#shared/presence/recovery/limits.ts";

/** Healings in memory. */
export const memoryHealings = (
  now: () => number = () => 0,
): Healings & { readonly all: () => Healing[] } => {
  const rows = new Map<string, Healing>();
  const key = ({ at, region, device, ill }: Healing) => `${at}#${region}#${device}#${ill}`;
  const page = (
    found: Healing[],
    { limit, after }: { limit: number; after?: string },
  ): HealingPage => {
    const kept = found
      .filter(({ at }) => at + healingDays * 86_400_000 > now())
      .sort((a, b) => (key(a) < key(b) ? 1 : -1))
      .filter((one) => after === undefined || key(one) < after);
    const healings = kept.slice(0, limit);
    const last = healings.at(-1);
    return { healings, ...(kept.length > limit && last && { next: key(last) }) };
  };
  return {
    all: () => [...rows.values()],
    add: async (healing) => void rows.set(key(healing), healing),
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
