import { ledgerSliceMs } from "#shared/ledger/limits.ts";
import type { Traffic, TrafficCount } from "#shared/ledger/traffic.ts";

/** Events and calls in memory. */
export const memoryTraffic = (): Traffic & { readonly all: TrafficCount[] } => {
  const all: TrafficCount[] = [];
  return {
    all,
    add: async (counts) => void all.push(...counts),
    async minutes({ fleet, device, metric }, { from, to }) {
      const own = all.filter(
        (one) => one.fleet === fleet && one.device === device && one.metric === metric,
      );
      const byMinute = Map.groupBy(own, ({ at }) => Math.floor(at / ledgerSliceMs) * ledgerSliceMs);
      return [...byMinute]
        .filter(([at]) => at + ledgerSliceMs > from && at < to)
        .map(([at, some]) => ({
          at,
          counts: (some[0]?.counts ?? []).map((_, i) =>
            some.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0),
          ),
        }))
        .sort((one, other) => one.at - other.at);
    },
  };
};
