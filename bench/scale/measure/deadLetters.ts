import type { Item, Tables } from "#shared/aws/call/tables.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { openQueues, sqsDeliveries } from "#shared/aws/event/queues.ts";
import { writeRows } from "#shared/aws/platform/rows.ts";
import type { DeadLetters } from "#shared/delivery/deadLetter.ts";
import { countDeadLetters, findDeadLetters } from "#shared/delivery/findDeadLetters.ts";
import { deadLettersPerPageMax, jobPageMax } from "#shared/delivery/limits.ts";
import { replayPage } from "#shared/job/replayPage.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { deadLetterOf } from "../model/samples.ts";
import { type Measure, medianMsOf, msOf, type Point } from "./scaleResult.ts";
import { startServices } from "./services.ts";

/** Dead letters that are stored in a chunk, and chunks at the same time. */
const chunk = 200;
const storingMax = 2;
const times = 9;
/** Deliveries in one queue, which is removed then, so that the measurement fits into memory. */
const queuedMax = 50_000;

const series = [
  { name: "stored, each", unit: "ms", isPlotted: true },
  { name: "first page of 100", unit: "ms", isPlotted: true },
  { name: "oldest page of 100", unit: "ms", isPlotted: true },
  { name: "plan of a replay", unit: "ms", isPlotted: false },
  { name: "all pages, each letter", unit: "ms", isPlotted: true },
  { name: "replayed and removed, each", unit: "ms", isPlotted: true },
  { name: "listed and replayed", unit: "s", isPlotted: false },
];

/** Lists and replays the dead letters of one integration. */
export const measureDeadLetters: Measure = async (numbers, { log, deadline }) => {
  const { db, newTable, newQueue } = await startServices();
  const now = Date.now;
  const table = await newTable("dead-letters");
  const deadLetters = dynamoDeadLetters(db, table, now);
  const sqs = openQueues();
  const points: Point[] = [];
  for (const number of numbers) {
    if (performance.now() > deadline) break;
    log(`${number} dead letters`);
    // Each number has an integration of its own.
    const fleet = `p${number}`;
    const { integration } = deadLetterOf(fleet, 0).delivery;
    const begun = now() - number;
    const storedMs = await msOf(() =>
      mapConcurrently(chunks(number), storingMax, async ({ from, to }) => {
        const { tables, items } = collectPuts(db);
        const letters = dynamoDeadLetters(tables, table, now);
        for (let n = from; n < to; n += 1) {
          await letters.put({ ...deadLetterOf(fleet, n), buriedAt: begun + n });
        }
        await writeRows(db, table, items);
      }),
    );
    const page = (filter: { to?: number }) =>
      findDeadLetters(integration, { filter, limit: deadLettersPerPageMax }, { deadLetters });
    const firstMs = await medianMsOf(times, () => page({}));
    const oldestMs = await medianMsOf(times, () => page({ to: begun + deadLettersPerPageMax }));
    const planMs = await msOf(() => countDeadLetters(integration, {}, { deadLetters, now }));
    log("listing");
    const listedMs = await msOf(() => listAll(integration, number, deadLetters));
    log("replaying");
    const replayedMs = await msOf(async () => {
      let after: string | undefined;
      let replayed = 0;
      do {
        const queue = await newQueue(`deliveries-${number}-${replayed}`);
        const sent = await replaySome(after, integration, {
          deadLetters,
          deliveries: sqsDeliveries(sqs, queue.url),
          record: async () => {},
          now,
        });
        replayed += sent.done;
        after = sent.next;
        await queue.remove();
      } while (after !== undefined);
      if (replayed !== number) throw new Error(`${replayed} of ${number} were replayed`);
    });
    const each = [storedMs, listedMs, replayedMs].map((ms) => ms / number);
    const together = (listedMs + replayedMs) / 1_000;
    points.push({
      number,
      values: [each[0], firstMs, oldestMs, planMs, each[1], each[2], together],
    });
  }
  return {
    of: "dead letters of an integration",
    series,
    points,
    note: `Stored in batches of 25, listed in pages of ${deadLettersPerPageMax}, replayed in pages of ${jobPageMax} without the rate of a job (at most 200 a second). The tables and queues are those of \`npm start\`, on disk. A plan counts at most 10,000.`,
  };
};

/** Replays at most `queuedMax` dead letters, and removes them, as a job does. */
const replaySome = async (
  begin: string | undefined,
  integration: string,
  deps: Parameters<typeof replayPage>[2] & { readonly deadLetters: Pick<DeadLetters, "remove"> },
): Promise<{ done: number; next: string | undefined }> => {
  const matcher = { id: integration, fleet: "p1", event: "temperature", disabled: false };
  let next = begin;
  let done = 0;
  do {
    const page = await replayPage(matcher, { filter: {}, limit: jobPageMax, after: next }, deps);
    if (page.refused !== undefined) throw page.refused;
    await deps.deadLetters.remove(integration, page.sent ?? []);
    done += page.done;
    next = page.next;
  } while (next !== undefined && done < queuedMax);
  return { done, next };
};

const chunks = (number: number): { from: number; to: number }[] =>
  Array.from({ length: Math.ceil(number / chunk) }, (_, i) => ({
    from: i * chunk,
    to: Math.min(number, (i + 1) * chunk),
  }));

/** Tables that collect the rows which an adapter puts, so that they are stored in batches. */
const collectPuts = (db: Tables) => {
  const items: Item[] = [];
  const tables: Tables = { ...db, put: async ({ Item: row }) => void items.push({ ...row }) };
  return { tables, items };
};

/** Reads every page as a client does, and fails unless it finds all. */
const listAll = async (
  integration: string,
  number: number,
  deadLetters: Pick<DeadLetters, "list">,
): Promise<void> => {
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const page = await findDeadLetters(
      integration,
      { filter: {}, limit: deadLettersPerPageMax, after },
      { deadLetters },
    );
    for (const { delivery } of page.deadLetters) seen.add(delivery.id);
    after = page.next;
  } while (after !== undefined);
  if (seen.size !== number) throw new Error(`${seen.size} of ${number} dead letters were listed`);
};
