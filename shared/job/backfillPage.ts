import type { ArchiveReader, ArchiveSpan } from "../archive/readArchive.ts";
import type { DeliveryQueue } from "../delivery/delivery.ts";
import { firstDelivery } from "../delivery/delivery.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";
import { emptyRecord } from "../ledger/record.ts";
import type { RecordSender } from "../ledger/sendRecords.ts";
import type { Page } from "./replayPage.ts";

interface Deps {
  archiveReader: ArchiveReader;
  deliveries: DeliveryQueue;
  /** Says what the queue has taken. */
  record: RecordSender;
  now: () => number;
}

/**
 * Queues deliveries of some archived events that an integration matches, the oldest first. Their ids are what they
 * are for any event and integration: a target that got one before can tell. Fails when the queue does not take all.
 *
 * For the ledger they are accepted now, and planned when the queue has them: who dies in between makes others in their place, and what was
 * planned before, and never queued, would be missed.
 */
export const backfillPage = async (
  integration: IntegrationMatcher,
  { span, limit, after }: { span: ArchiveSpan; limit: number; after: string | undefined },
  { archiveReader, deliveries, record, now }: Deps,
): Promise<Page> => {
  const { events, malformed, next } = await archiveReader.page(integration.fleet, span, {
    limit,
    after,
    matches: (event) => matching([integration], event).length > 0,
  });
  const at = now();
  const made = events.map((event) => ({
    ...firstDelivery(event, integration, at),
    acceptedAt: at,
    replayed: true as const,
  }));
  const refused = await deliveries.send(made, at);
  const plans = made
    .filter(({ id }) => !refused.has(id))
    .map(({ event }) => ({ event: event.id, acceptedAt: at, at, to: [integration.id] }));
  await record({ ...emptyRecord, plans });
  const [cause] = refused.values();
  if (cause !== undefined) throw new Error("the queue did not take every delivery", { cause });
  return { done: made.length, failed: malformed, next };
};
