import type { Integration } from "../integration/model/integration.ts";
import type { Attempt, LedgerRecord, Outcome } from "../ledger/record.ts";
import { emptyRecord } from "../ledger/record.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { attemptOf, type Ending } from "./attemptOf.ts";
import type { Delivery } from "./delivery.ts";

/** What becomes of the deliveries of a batch, collected as it happens. */
export interface BatchRecord {
  /** Of what is said of a delivery the last counts. One that waits is due at a time. */
  became(delivery: Delivery, state: Outcome["state"], due?: number): void;
  tried(delivery: Delivery, integration: Integration, ending: Ending): void;
  /** All of it, once the batch is done. */
  record(): LedgerRecord;
}

interface Deps {
  now: () => number;
  /** Whether one more attempt of an integration is told in full. */
  wanted: (integration: string, ok: boolean) => boolean;
}

/** Begins the record of a batch. */
export const batchRecord = ({ now, wanted }: Deps): BatchRecord => {
  const outcomes = new Map<string, Outcome>();
  const attempts = new Map<string, Attempt>();
  return {
    became({ id, integration, event, acceptedAt, attempts: failed }, state, due) {
      // One from before the ledger is in no plan.
      if (acceptedAt === undefined) return;
      const known = { event: event.id, acceptedAt, integration, at: now(), state, failed };
      outcomes.set(id, { ...known, ...omitUndefined({ due }) });
    },

    tried(delivery, integration, ending) {
      if (!wanted(integration.id, ending.ok)) return;
      attempts.set(delivery.id, attemptOf(delivery, integration, ending));
    },

    record: () => ({
      ...emptyRecord,
      outcomes: [...outcomes.values()],
      attempts: [...attempts.entries()].map(([id, attempt]) => {
        const next = outcomes.get(id)?.due;
        return next === undefined ? attempt : { ...attempt, next };
      }),
    }),
  };
};
