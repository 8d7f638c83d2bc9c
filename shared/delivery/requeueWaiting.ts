import { asError } from "../platform/asError.ts";
import { minuteMs } from "../platform/durations.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { parseJson } from "../platform/parseJson.ts";
import type { DeliveryQueue, MalformedMessages, Waiting, WaitingDeliveries } from "./delivery.ts";
import { delivery as schema } from "./delivery.ts";
import {
  requeueDeliveriesMax,
  requeueLateMs,
  requeueMinutes,
  requeuePageMax,
  waitingShards,
} from "./limits.ts";

interface Deps {
  waiting: Pick<WaitingDeliveries, "due" | "remove">;
  deliveries: DeliveryQueue;
  unreadable: MalformedMessages;
  now: () => number;
}

/** Number of deliveries requeued, requeued late, and malformed. */
export interface Requeued {
  requeued: number;
  late: number;
  unreadable: number;
}

/**
 * Requeues the deliveries that are due before the next run, with the rest of their delay. A
 * delivery is removed from the table after the queue accepted it: a crash in between sends it
 * twice, with the same id. Stops at `deadline` (milliseconds since 1970) or after
 * `requeueDeliveriesMax`; the next run continues. A failing shard does not block the others; the
 * first error is thrown at the end.
 */
export const requeueWaiting = async (deadline: number, deps: Deps): Promise<Requeued> => {
  const count = { requeued: 0, late: 0, unreadable: 0 };
  const shards = Array.from({ length: waitingShards }, (_, shard) => shard);
  const runs = shards.map((shard) => requeueShard(shard, { deadline, count }, deps));
  const failed = (await Promise.allSettled(runs)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw asError(failed.reason);
  return count;
};

const requeueShard = async (
  shard: number,
  { deadline, count }: { deadline: number; count: Requeued },
  deps: Deps,
): Promise<void> => {
  const before = deps.now() + requeueMinutes * minuteMs;
  let after: string | undefined;
  for (let left = requeueDeliveriesMax / waitingShards; left > 0; ) {
    if (deps.now() >= deadline) return;
    const limit = Math.min(left, requeuePageMax);
    const page = { before, limit, ...omitUndefined({ after }) };
    const { waiting, next } = await deps.waiting.due(shard, page);
    await requeuePage(shard, { waiting, count }, deps);
    if (next === undefined) return;
    after = next;
    left -= waiting.length;
  }
};

const requeuePage = async (
  shard: number,
  { waiting, count }: { waiting: readonly Waiting[]; count: Requeued },
  { waiting: table, deliveries, unreadable, now }: Deps,
): Promise<void> => {
  const read = waiting.map((one) => ({ ...one, parsed: schema.safeParse(parseJson(one.body)) }));
  const known = read.flatMap(({ key, parsed }) =>
    parsed.success ? [{ key, delivery: parsed.data }] : [],
  );
  const malformed = read.filter(({ parsed }) => !parsed.success);
  const refused = await deliveries.send(
    known.map(({ delivery }) => delivery),
    now(),
  );
  await Promise.all(malformed.map(({ body }) => unreadable.put(body)));
  const sent = known.filter(({ delivery }) => !refused.has(delivery.id));
  await table.remove(
    shard,
    [...sent, ...malformed].map(({ key }) => key),
  );
  count.requeued += sent.length;
  count.unreadable += malformed.length;
  count.late += sent.filter(({ delivery }) => delivery.notBefore + requeueLateMs < now()).length;
  const [cause] = refused.values();
  if (cause !== undefined) throw new Error("the queue did not accept every delivery", { cause });
};
