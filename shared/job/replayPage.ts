import { batchRecord } from "../delivery/batchRecord.ts";
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterKey,
  type DeadLetters,
  deadLetterKeyOf,
  matchesFilter,
} from "../delivery/deadLetter.ts";
import type { Delivery, DeliveryQueue } from "../delivery/delivery.ts";
import { timeRange } from "../delivery/findDeadLetters.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import type { RecordSender } from "../ledger/sendRecords.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";

/** What came of a part of a job. */
export interface Page {
  readonly done: number;
  readonly failed: number;
  /** Where the next one begins; `undefined` at the end. */
  readonly next: string | undefined;
  /** The dead letters that the queue has: to be removed when the job says that they are done. */
  readonly sent?: readonly DeadLetterKey[];
  /** Why the queue did not take the others: the page is to be done again. */
  readonly refused?: Error;
}

interface Deps {
  deadLetters: Pick<DeadLetters, "list">;
  deliveries: DeliveryQueue;
  /** Says what the queue has taken. */
  record: RecordSender;
  now: () => number;
}

interface Replay {
  readonly filter: DeadLetterFilter;
  readonly limit: number;
  readonly after: string | undefined;
}

/**
 * Puts some dead letters back into the queue, the oldest first, each with its id and the whole schedule before it. It removes
 * none: that is done after the ledger knows that they wait and the job says that they are done. A crash before that sends them
 * twice, and counts them once.
 */
export const replayPage = async (
  integration: IntegrationMatcher,
  { filter, limit, after }: Replay,
  { deadLetters, deliveries, record, now }: Deps,
): Promise<Page> => {
  const query = { ...timeRange(filter), limit, after, order: "oldest first" as const };
  const { deadLetters: page, unreadable = 0, next } = await deadLetters.list(integration.id, query);
  const matching = page.filter((letter) => matchesFilter(filter, letter));
  const at = now();
  const again = matching.map((letter) => replayed(letter, integration, at));
  const refused = await deliveries.send(again, at);
  // As of before they were sent: what became of them since then is later.
  const ledger = batchRecord({ now: () => at, wanted: () => false });
  for (const one of again) if (!refused.has(one.id)) ledger.recordOutcome(one, "waiting", at);
  await record(ledger.record());
  const sent = matching.filter(({ delivery }) => !refused.has(delivery.id)).map(deadLetterKeyOf);
  const [cause] = refused.values();
  if (cause === undefined) return { done: sent.length, failed: unreadable, next, sent };
  const error = new Error("the queue did not take every delivery", { cause });
  return { done: sent.length, failed: 0, next: after, sent, refused: error };
};

const replayed = (
  { delivery: { id, integration, event, acceptedAt, unmatched } }: DeadLetter,
  { deadline }: IntegrationMatcher,
  now: number,
): Delivery => ({
  id,
  integration,
  event,
  ...omitUndefined({ acceptedAt }),
  attempts: 0,
  notBefore: now,
  ...(deadline !== undefined && { deadline: now + deadline * 1_000 }),
  replayed: true,
  ...(unmatched && { unmatched }),
});
