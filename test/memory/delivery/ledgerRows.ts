import type { IntegrationCounts } from "#shared/ledger/countDeliveries.ts";
import { ledgerBucketMs, ledgerSliceMs } from "#shared/ledger/limits.ts";
import type { LedgerBucket, LedgerRows } from "#shared/ledger/ports.ts";

/** Totals of each region's ledger, by integration and slice. */
export type LedgerTable = Map<
  string,
  { region: string; integration: string; slice: number; tally: IntegrationCounts }
>;

/** Totals of the ledger in memory. Regions that share a table write concurrently. */
export const memoryLedgerRows = (
  region = "us-east-1",
  table: LedgerTable = new Map(),
): LedgerRows & { puts: number } => ({
  puts: 0,
  async put(slice, countsByIntegration) {
    for (const [integration, tally] of countsByIntegration) {
      this.puts += 1;
      table.set(`${region}/${integration}/${slice}`, { region, integration, slice, tally });
    }
  },
  async list(integration, { from, to }) {
    const own = [...table.values()].filter((row) => row.integration === integration);
    const buckets = Map.groupBy(own, ({ slice }) => slice - (slice % ledgerBucketMs));
    return [...buckets]
      .filter(([start]) => start >= from && start <= to)
      .sort(([one], [other]) => one - other)
      .map(([start, rows]): LedgerBucket => {
        const sum = (name: Exclude<keyof IntegrationCounts, "missingIds">): number =>
          rows.reduce((all, { tally }) => all + tally[name], 0);
        return {
          from: start,
          matched: sum("matched"),
          delivered: sum("delivered"),
          waiting: sum("waiting"),
          dead: sum("dead"),
          discarded: sum("discarded"),
          missing: sum("missing"),
          failed: sum("failed"),
          missingIds: rows.flatMap(({ tally }) => tally.missingIds),
        };
      });
  },
  async minutes(integration, { from, to }) {
    return [...table.values()]
      .filter((row) => row.integration === integration)
      .filter(({ slice }) => slice + ledgerSliceMs > from && slice < to)
      .map(({ slice, tally: { missingIds, late, settledAt, ...counts } }) => ({
        at: slice,
        counts,
        late,
        settledAt,
      }))
      .sort((one, other) => one.at - other.at);
  },
  async sum(integration, { from, to }) {
    const tallies = [...table.values()]
      .filter((row) => row.integration === integration)
      .filter(({ slice }) => slice + ledgerSliceMs > from && slice < to)
      .map(({ tally }) => tally);
    const sum = (name: Exclude<keyof IntegrationCounts, "missingIds">): number =>
      tallies.reduce((all, tally) => all + tally[name], 0);
    return {
      matched: sum("matched"),
      delivered: sum("delivered"),
      waiting: sum("waiting"),
      dead: sum("dead"),
      discarded: sum("discarded"),
      missing: sum("missing"),
      failed: sum("failed"),
      late: sum("late"),
      settledAt: Math.max(0, ...tallies.map(({ settledAt }) => settledAt)),
      missingIds: tallies.flatMap(({ missingIds }) => missingIds),
    };
  },
});
