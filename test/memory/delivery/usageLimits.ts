import {
  type LimitUsage,
  type LimitUsageRows,
  type NoticeKey,
  noLimitUsage,
  type UsageNotice,
  type UsageNotices,
} from "#shared/ledger/limit/ports.ts";
import type { ReachedLimit, UsageLimit, UsageLimits } from "#shared/limit/usageLimit.ts";

/** The limits of fleets in memory, which the regions share. */
export interface LimitTable {
  readonly limits: Map<string, UsageLimit>;
  readonly reached: Map<string, readonly ReachedLimit[]>;
}

export const memoryLimitTable = (): LimitTable => ({ limits: new Map(), reached: new Map() });

/** Limits of usage in memory. */
export const memoryUsageLimits = (
  region = "us-east-1",
  { limits, reached }: LimitTable = memoryLimitTable(),
): UsageLimits => {
  const fleets = new Set<string>();
  const find = (fleet: string, id: string) => {
    const found = limits.get(id);
    return found?.fleet === fleet ? found : undefined;
  };
  return {
    fleets: async () => new Set([...fleets, ...[...limits.values()].map(({ fleet }) => fleet)]),
    ofFleet: async (fleet) => ({
      limits: [...limits.values()]
        .filter((one) => one.fleet === fleet)
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
      reached: reached.get(`${region} ${fleet}`) ?? [],
    }),
    async add(limit) {
      fleets.add(limit.fleet);
      limits.set(limit.id, limit);
    },
    async replace(limit) {
      if (find(limit.fleet, limit.id)?.revision !== limit.revision - 1) return false;
      limits.set(limit.id, limit);
      return true;
    },
    async remove(fleet, id, only) {
      const found = find(fleet, id);
      if (found === undefined || (only && only.revision !== found.revision)) return false;
      return limits.delete(id);
    },
    async putReached(fleet, some) {
      reached.set(`${region} ${fleet}`, structuredClone(some));
    },
  };
};

/** Counts of limits in memory, which the regions share. `puts` is the number of written rows. */
export const memoryLimitUsage = (
  region = "us-east-1",
  rows: Map<string, LimitUsage> = new Map(),
): LimitUsageRows & { puts: number } => {
  const memory: LimitUsageRows & { puts: number } = {
    puts: 0,
    ofFleet: async (fleet) =>
      new Map(
        [...rows].flatMap(([key, usage]) => {
          const [by = "", of] = key.split(" ");
          return of === fleet ? [[by, structuredClone(usage)]] : [];
        }),
      ),
    async put(fleet, usage, before) {
      const isOther = (one: unknown, other: unknown) =>
        JSON.stringify(one) !== JSON.stringify(other);
      const { limits, ...shared } = before;
      const { limits: next, ...nextShared } = usage;
      const written = Object.keys(next).filter((id) => isOther(next[id], limits[id]));
      memory.puts += written.length + (isOther(nextShared, shared) ? 1 : 0);
      rows.set(`${region} ${fleet}`, structuredClone({ ...noLimitUsage, ...usage }));
    },
  };
  return memory;
};

const keyOf = ({ fleet, from, limit, max, kind }: NoticeKey): string =>
  `${fleet} ${from} ${limit} ${max} ${kind}`;

/** Notices in memory. */
export const memoryUsageNotices = (
  rows: Map<string, UsageNotice> = new Map(),
): UsageNotices & { rows: Map<string, UsageNotice> } => ({
  rows,
  async add(notice) {
    const known = rows.get(keyOf(notice));
    if (known === undefined) rows.set(keyOf(notice), notice);
    return known;
  },
  async takeOver(before, { region, now }) {
    const known = rows.get(keyOf(before));
    if (known?.state !== "pending" || known.claimedAt !== before.claimedAt) return false;
    rows.set(keyOf(before), { ...known, region, claimedAt: now });
    return true;
  },
  async markSent(key) {
    const known = rows.get(keyOf(key));
    if (known === undefined) throw new Error("there is no such notice");
    rows.set(keyOf(key), { ...known, state: "sent" });
  },
  list: async (fleet, max) =>
    [...rows.values()]
      .filter((one) => one.fleet === fleet)
      .sort((one, other) => other.at - one.at)
      .slice(0, max),
});
