import type { ArchiveMessage } from "../event/archiveSetting.ts";
import type { ReceivedEvent } from "../event/deviceEvent.ts";
import { asError } from "../platform/asError.ts";
import { hourMs } from "../platform/durations.ts";
import type { ArchiveStore } from "./ports.ts";

interface Group {
  readonly fleet: string;
  days: number;
  readonly events: ReceivedEvent[];
  /** The indexes of the messages that contain the events. */
  readonly messages: Set<number>;
}

/**
 * Writes a batch of messages to the archive, one object for each fleet and hour. Returns, in the
 * order of the messages, `undefined` for a message that is written, or the error for which it must
 * stay in the queue. After a crash a message is written again; readers drop duplicate events.
 */
export const archiveEvents = async (
  messages: readonly ArchiveMessage[],
  { archive }: { archive: Pick<ArchiveStore, "write"> },
): Promise<(Error | undefined)[]> => {
  const groups = new Map<string, Group>();
  for (const [i, { events }] of messages.entries()) {
    for (const { fleet, days, received } of events) {
      const key = `${fleet}/${Math.floor(received.receivedAt / hourMs)}`;
      const group = groups.get(key) ?? { fleet, days, events: [], messages: new Set() };
      groups.set(key, group);
      group.days = Math.max(group.days, days);
      group.events.push(received);
      group.messages.add(i);
    }
  }
  const outcomes = new Array<Error | undefined>(messages.length).fill(undefined);
  await Promise.all(
    [...groups.values()].map(async ({ messages: from, ...group }) => {
      group.events.sort((a, b) => a.receivedAt - b.receivedAt);
      try {
        await archive.write(group);
      } catch (error) {
        for (const i of from) outcomes[i] = asError(error);
      }
    }),
  );
  return outcomes;
};
