import { matching } from "../event/match.ts";
import type { ArchiveReader, ArchiveSpan } from "../event/readArchive.ts";
import type { Deliveries } from "../ports.ts";
import { firstDelivery } from "./delivery.ts";
import type { Outlet } from "./outlet.ts";
import type { Page } from "./replayPage.ts";

interface Needs {
  archiveReader: ArchiveReader;
  deliveries: Deliveries;
  now: () => number;
}

/**
 * Queues deliveries of some archived events that an integration matches, the oldest first. Their ids are what they
 * are for any event and integration: a target that got one before can tell. Fails when the queue does not take all.
 */
export const backfillPage = async (
  integration: Outlet,
  { span, limit, after }: { span: ArchiveSpan; limit: number; after: string | undefined },
  { archiveReader, deliveries, now }: Needs,
): Promise<Page> => {
  const { events, unreadable, next } = await archiveReader.page(integration.fleet, span, {
    limit,
    after,
    wanted: (event) => matching([integration], event).length > 0,
  });
  const made = events.map((event) => ({
    ...firstDelivery(event, integration, now()),
    replayed: true as const,
  }));
  const refused = await deliveries.send(made, now());
  const [cause] = refused.values();
  if (cause !== undefined) throw new Error("the queue did not take every delivery", { cause });
  return { done: made.length, failed: unreadable, next };
};
