import { queueBatchMax, recoverPageMax } from "../platform/quotas.ts";
import { recoverBatchesAtOnceMax, recoverObjectsMax } from "./limits.ts";
import type { EventQueue, FailedEvents } from "./ports.ts";

interface Deps {
  readonly failedEvents: FailedEvents;
  readonly events: EventQueue;
  readonly now: () => number;
}

interface Recovered {
  readonly found: number;
  readonly recovered: number;
  readonly malformed: number;
}

/**
 * Moves events that the topic rule's error action stored in S3 back into their queue, oldest first.
 * A run moves at most `recoverObjectsMax`, so that new events are not delayed. An event is removed
 * from S3 after the queue has accepted it; a crash in between sends it again, with the same id.
 * Stops at `deadline` (milliseconds since 1970); the next run continues.
 */
export const recoverEvents = async (deadline: number, deps: Deps): Promise<Recovered> => {
  let count: Recovered = { found: 0, recovered: 0, malformed: 0 };
  for (;;) {
    const page = Math.min(recoverPageMax, recoverObjectsMax - count.found);
    const keys = await deps.failedEvents.list(page);
    const done = await recoverPage(keys, deadline, deps);
    count = sum(count, { ...done, found: keys.length });
    // Objects that the queue refused, or that the deadline left, would be listed again.
    const isLeft = done.recovered + done.malformed < keys.length;
    if (isLeft || keys.length < recoverPageMax || count.found >= recoverObjectsMax) return count;
  }
};

/**
 * Moves `recoverBatchesAtOnceMax` batches concurrently until all are done or the deadline has
 * passed.
 */
const recoverPage = async (
  keys: readonly string[],
  deadline: number,
  deps: Deps,
): Promise<Recovered> => {
  let from = 0;
  let count: Recovered = { found: 0, recovered: 0, malformed: 0 };
  const worker = async () => {
    while (from < keys.length && deps.now() < deadline) {
      const some = keys.slice(from, from + queueBatchMax);
      from += queueBatchMax;
      const done = await recoverBatch(some, deps);
      count = sum(count, done);
    }
  };
  await Promise.all(Array.from({ length: recoverBatchesAtOnceMax }, worker));
  return count;
};

const recoverBatch = async (
  keys: readonly string[],
  { failedEvents, events }: Deps,
): Promise<Recovered> => {
  const read = await Promise.all(
    keys.map(async (key) => ({ key, event: await failedEvents.read(key) })),
  );
  const readable = read.flatMap(({ key, event }) => (event ? [{ key, event }] : []));
  const refused = await events.send(readable.map(({ event }) => event));
  const sent = readable.filter((_, i) => !refused.has(i));
  await failedEvents.remove(sent.map(({ key }) => key));
  const malformed = read.filter(({ event }) => event === undefined);
  await Promise.all(malformed.map(({ key }) => failedEvents.setAside(key)));
  return { found: 0, recovered: sent.length, malformed: malformed.length };
};

const sum = (one: Recovered, other: Recovered): Recovered => ({
  found: one.found + other.found,
  recovered: one.recovered + other.recovered,
  malformed: one.malformed + other.malformed,
});
