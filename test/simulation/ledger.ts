import { deliveryId } from "#shared/event/deviceEvent.ts";
import { countDeliveries } from "#shared/ledger/countDeliveries.ts";
import {
  entryKey,
  entryOfOutcome,
  entryOfPlan,
  type LedgerEntry,
  mergeEntries,
} from "#shared/ledger/entry.ts";
import type { LedgerRecord } from "#shared/ledger/record.ts";
import { type RecordSender, sendRecords } from "#shared/ledger/sendRecords.ts";
import type { SimulatedWorker } from "./worker.ts";

export type Ledger = ReturnType<typeof openLedger>;

/** The region's ledger: the merged records of all workers. */
export const openLedger = () => {
  const entries = new Map<string, LedgerEntry>();
  const join = (entry: LedgerEntry): void => {
    const key = entryKey(entry);
    const known = entries.get(key);
    entries.set(key, known === undefined ? entry : mergeEntries(known, entry));
  };
  return {
    add({ plans, outcomes }: LedgerRecord): void {
      for (const entry of [...plans.map(entryOfPlan), ...outcomes.map(entryOfOutcome)]) join(entry);
    },
    /** How often each event counts in the usage of its fleet. */
    counted: (): ReadonlyMap<string, number> => {
      const counted = [...entries.values()].filter(({ plan }) => plan?.metered !== undefined);
      const byEvent = Map.groupBy(counted, ({ event }) => event);
      return new Map([...byEvent].map(([event, some]) => [event, some.length]));
    },
    /** The ids of deliveries without a final outcome. */
    missing: (): ReadonlySet<string> => {
      const { integrations } = countDeliveries(entries.values(), Number.MAX_SAFE_INTEGER);
      const some = [...integrations].filter(([, { missing }]) => missing > 0);
      return new Set(
        some.flatMap(([id]) =>
          [...entries.values()]
            .filter(
              (entry) =>
                countDeliveries([entry], Number.MAX_SAFE_INTEGER).integrations.get(id)?.missing,
            )
            .map(({ event }) => deliveryId(event, id)),
        ),
      );
    },
  };
};

/** A worker's record sender. The worker may crash before and after it sends a record. */
export const createRecordSender = (
  {
    ledger,
    faultInjector,
  }: {
    ledger: Ledger;
    faultInjector: { step(worker: SimulatedWorker, what: () => string): Promise<void> };
  },
  worker: SimulatedWorker,
): RecordSender =>
  sendRecords({
    records: {
      async send(records) {
        await faultInjector.step(worker, () => "before records.send");
        for (const one of records) ledger.add(one);
        await faultInjector.step(worker, () => "after records.send");
        return new Map();
      },
    },
    onRefused: () => {},
  });
