import { queueBatchMax, recoverObjectsMax } from "../limits.ts";
import type { Events, FailedEvents } from "../ports.ts";

/**
 * Brings events back into the queue that their rule had to leave in S3. An event is removed from S3 after
 * the queue has it: whoever dies in between sends it twice, with the same id. Stops at `deadline`
 * (milliseconds since 1970); the next run goes on.
 */
export const recoverEvents = async (
  deadline: number,
  { failedEvents, events, now }: { failedEvents: FailedEvents; events: Events; now: () => number },
): Promise<{ found: number; recovered: number; unreadable: number }> => {
  const keys = await failedEvents.list(recoverObjectsMax);
  const count = { found: keys.length, recovered: 0, unreadable: 0 };
  for (let from = 0; from < keys.length && now() < deadline; from += queueBatchMax) {
    const some = keys.slice(from, from + queueBatchMax);
    const read = await Promise.all(
      some.map(async (key) => ({ key, event: await failedEvents.read(key) })),
    );
    const readable = read.flatMap(({ key, event }) => (event ? [{ key, event }] : []));
    const refused = await events.send(readable.map(({ event }) => event));
    const sent = readable.filter((_, i) => !refused.has(i));
    await failedEvents.remove(sent.map(({ key }) => key));
    const unreadable = read.filter(({ event }) => event === undefined);
    await Promise.all(unreadable.map(({ key }) => failedEvents.setAside(key)));
    count.recovered += sent.length;
    count.unreadable += unreadable.length;
  }
  return count;
};
