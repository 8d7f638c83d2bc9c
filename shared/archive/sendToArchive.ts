import type { AcceptedEvent, DeviceEvent } from "../event/deviceEvent.ts";
import type { IntegrationCache } from "../integration/model/integrationCache.ts";
import { isHookEvent } from "../integration/model/match.ts";
import { asError } from "../platform/asError.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { archiveRetryMs } from "./limits.ts";
import type { ArchiveQueue } from "./ports.ts";

/** Sends events of fleets with an archive to the archive's queue. */
export interface EventArchive {
  /**
   * Returns the errors of events that must stay in their queue until the archive takes them, by
   * message.
   */
  send(accepted: readonly AcceptedEvent[]): Promise<ReadonlyMap<string, Error>>;
  /** Whether an event of this fleet may be redelivered because the archive did not take it. */
  isRetryPending(event: Pick<DeviceEvent, "fleet">): Promise<boolean>;
}

interface Deps {
  integrations: Pick<IntegrationCache, "archiveOf">;
  archiveQueue: ArchiveQueue;
  now: () => number;
}

/**
 * Sends the events of archived fleets to the archive's queue, in as few messages as it takes:
 * docs/adr/0027-event-archive.md. Events of integrations are not archived, because they trigger no
 * integration.
 */
export const sendToArchive = ({ integrations, archiveQueue, now }: Deps): EventArchive => {
  let retriesUntil = 0;
  return {
    async send(accepted) {
      const failed = new Map<string, Error>();
      const found = await Promise.all(
        accepted.map(async ({ event, message, received }) => {
          const { fleet } = event;
          try {
            const setting = await integrations.archiveOf(fleet);
            if (setting?.enabled && !isHookEvent(event)) {
              return [{ message, one: { fleet, days: setting.days, received } }];
            }
          } catch (error) {
            failed.set(message, asError(error));
          }
          return [];
        }),
      );
      const wanted = found.flat();
      if (wanted.length > 0) {
        const refused = await archiveQueue.send(wanted.map(({ one }) => one));
        for (const [i, { message }] of wanted.entries()) {
          const why = refused.get(i);
          if (why !== undefined) failed.set(message, why);
        }
      }
      if (failed.size > 0) retriesUntil = now() + archiveRetryMs;
      return failed;
    },

    async isRetryPending({ fleet }) {
      if (!isUnexpired(retriesUntil, { now: now(), ms: archiveRetryMs })) return false;
      return (await integrations.archiveOf(fleet))?.enabled ?? false;
    },
  };
};
