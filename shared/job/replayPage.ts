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

/** Result of one page of a job. */
export interface Page {
  readonly done: number;
  readonly failed: number;
  /** Start of the next page; `undefined` at the end. */
  readonly next: string | undefined;
  /** Queued dead letters. They are removed after the job's progress is stored. */
  readonly sent?: readonly DeadLetterKey[];
  /** Set if the queue did not accept all: the page is repeated. */
  readonly refused?: Error;
}

interface Deps {
  deadLetters: Pick<DeadLetters, "list">;
  deliveries: DeliveryQueue;
  /** Records the queued deliveries in the ledger. */
  record: RecordSender;
  now: () => number;
}

interface Replay {
  readonly filter: DeadLetterFilter;
  readonly limit: number;
  readonly after: string | undefined;
}

/**
 * Queues a page of dead letters, oldest first, each with its id and a new schedule. They are
 * removed only after the ledger and the job have recorded them: a crash before that sends them
 * twice and counts them once.
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
  // Recorded with the time before sending: later outcomes must win.
  const ledger = batchRecord({ now: () => at, wanted: () => false });
  for (const one of again) if (!refused.has(one.id)) ledger.recordOutcome(one, "waiting", at);
  await record(ledger.record());
  const sent = matching.filter(({ delivery }) => !refused.has(delivery.id)).map(deadLetterKeyOf);
  const [cause] = refused.values();
  if (cause === undefined) return { done: sent.length, failed: unreadable, next, sent };
  const error = new Error("the queue did not accept every delivery", { cause });
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
