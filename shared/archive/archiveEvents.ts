import type { ArchiveMessage } from "../event/archiveSetting.ts";
import type { ReceivedEvent } from "../event/deviceEvent.ts";
import { asError } from "../platform/asError.ts";
import type { ArchiveStore } from "./ports.ts";

interface Group {
  readonly fleet: string;
  days: number;
  readonly events: ReceivedEvent[];
  /** The messages that they came in. */
  readonly messages: Set<number>;
}

const hourMs = 3_600_000;

/**
 * Writes a batch of messages into the archive, an object for each fleet and hour. Answers, in the order of the
 * messages, `undefined` for one that is written, or why it must stay in the queue. Whoever dies in between leaves a
 * message that is written twice: readers count an event once.
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
