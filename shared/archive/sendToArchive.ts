import type { AcceptedEvent, DeviceEvent } from "../event/deviceEvent.ts";
import type { KnownIntegrations } from "../integration/model/integrations.ts";
import { isHookEvent } from "../integration/model/match.ts";
import { asError } from "../platform/asError.ts";
import { lasts } from "../platform/lasts.ts";
import { archiveRetryMs } from "./limits.ts";
import type { ArchiveQueue } from "./ports.ts";

/** The way of events into the archive, for fleets that have one. */
export interface EventArchive {
  /** Answers why, for the message of each event that is to stay in its queue for the archive's sake. */
  send(accepted: readonly AcceptedEvent[]): Promise<ReadonlyMap<string, Error>>;
  /** Whether a fleet's events may come again because the archive did not take them. */
  isRetryPending(event: Pick<DeviceEvent, "fleet">): Promise<boolean>;
}

interface Deps {
  integrations: Pick<KnownIntegrations, "archiveOf">;
  archiveQueue: ArchiveQueue;
  now: () => number;
}

/**
 * Sends the events of archived fleets to the archive's queue, in as few messages as it takes: docs/adr/0027-event-archive.md.
 * What integrations made is not archived: it triggers none.
 */
export const sendToArchive = ({ integrations, archiveQueue, now }: Deps): EventArchive => {
  let behindUntil = 0;
  return {
    async send(accepted) {
      const failed = new Map<string, Error>();
      const found = await Promise.all(
        accepted.map(async ({ event, message, received }) => {
          const { fleet } = event;
          const setting = await integrations.archiveOf(fleet).catch(asError);
          if (setting instanceof Error) failed.set(message, setting);
          else if (setting?.enabled && !isHookEvent(event)) {
            return [{ message, one: { fleet, days: setting.days, received } }];
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
      if (failed.size > 0) behindUntil = now() + archiveRetryMs;
      return failed;
    },

    async isRetryPending({ fleet }) {
      if (!lasts(behindUntil, { now: now(), ms: archiveRetryMs })) return false;
      return (await integrations.archiveOf(fleet))?.enabled ?? false;
    },
  };
};
