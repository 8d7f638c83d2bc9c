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
  /** Records the queued deliveries in the ledger. */
  record: RecordSender;
  now: () => number;
}

/**
 * Queues deliveries of a page of archived events that an integration matches, oldest first. Their
 * ids are the same as of live deliveries, so a target can detect duplicates. Fails if the queue
 * does not accept all.
 *
 * The ledger records them as planned only after the queue accepted them: after a crash in between,
 * the repeated page plans them again, and deliveries that were never queued are not reported as
 * missing.
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
  if (cause !== undefined) throw new Error("the queue did not accept every delivery", { cause });
  return { done: made.length, failed: malformed, next };
};
