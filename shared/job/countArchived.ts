import type { ArchiveReader, ArchiveSpan } from "../archive/readArchive.ts";
import { firstDelivery } from "../delivery/delivery.ts";
import type { DeliveryCount } from "../delivery/findDeadLetters.ts";
import { planItemsMax, planMsMax } from "../delivery/limits.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";
import { archivePageMax } from "./limits.ts";

/**
 * Counts the archived events that an integration matches by reading them, up to `planItemsMax` or
 * for `planMsMax`.
 */
export const countArchived = async (
  integration: IntegrationMatcher,
  span: ArchiveSpan,
  { archiveReader, now }: { archiveReader: ArchiveReader; now: () => number },
): Promise<DeliveryCount> => {
  const deadline = now() + planMsMax;
  const enabled = [{ ...integration, disabled: false }];
  let after: string | undefined;
  let counted: DeliveryCount = { count: 0, atLeast: false, bytes: 0 };
  do {
    const { events, next } = await archiveReader.page(integration.fleet, span, {
      limit: archivePageMax,
      after,
      matches: (event) => matching(enabled, event).length > 0,
    });
    for (const event of events) {
      const { count, bytes, oldest = event.publishedAt, newest = oldest } = counted;
      counted = {
        count: count + 1,
        atLeast: false,
        bytes: bytes + JSON.stringify(firstDelivery(event, integration, 0)).length,
        oldest: Math.min(oldest, event.publishedAt),
        newest: Math.max(newest, event.publishedAt),
      };
    }
    after = next;
    if (after !== undefined && (counted.count >= planItemsMax || now() >= deadline)) {
      return { ...counted, atLeast: true };
    }
  } while (after !== undefined);
  return counted;
};
