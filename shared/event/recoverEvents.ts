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
 * Brings events back into the queue that their rule had to leave in S3, the oldest first and so many in a run that
 * what is fresh has room beside them. An event is removed from S3 after the queue has it: whoever dies in between
 * sends it twice, with the same id. Stops at `deadline` (milliseconds since 1970); the next run goes on.
 */
export const recoverEvents = async (deadline: number, deps: Deps): Promise<Recovered> => {
  let count: Recovered = { found: 0, recovered: 0, malformed: 0 };
  for (;;) {
    const page = Math.min(recoverPageMax, recoverObjectsMax - count.found);
    const keys = await deps.failedEvents.list(page);
    const done = await recoverPage(keys, deadline, deps);
    count = sum(count, { ...done, found: keys.length });
    // What the queue did not take, or time did not suffice for, would be listed again.
    const isLeft = done.recovered + done.malformed < keys.length;
    if (isLeft || keys.length < recoverPageMax || count.found >= recoverObjectsMax) return count;
  }
};

/** A few batches at once, until there are no more or time is up. */
const recoverPage = async (
  keys: readonly string[],
  deadline: number,
  deps: Deps,
): Promise<Recovered> => {
  let from = 0;
  let count: Recovered = { found: 0, recovered: 0, malformed: 0 };
  const lane = async () => {
    while (from < keys.length && deps.now() < deadline) {
      const some = keys.slice(from, from + queueBatchMax);
      from += queueBatchMax;
      const done = await recoverBatch(some, deps);
      count = sum(count, done);
    }
  };
  await Promise.all(Array.from({ length: recoverBatchesAtOnceMax }, lane));
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
