import { asError } from "../platform/asError.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { parseJson } from "../platform/parseJson.ts";
import type { Deliveries, MalformedMessages, Waiting, WaitingDeliveries } from "./delivery.ts";
import { delivery as schema } from "./delivery.ts";
import {
  waitingShards,
  wakeDeliveriesMax,
  wakeLateMs,
  wakeMinutes,
  wakePageMax,
} from "./limits.ts";

interface Deps {
  waiting: Pick<WaitingDeliveries, "due" | "remove">;
  deliveries: Deliveries;
  unreadable: MalformedMessages;
  now: () => number;
}

/** How many were brought back; how many of them late, or not to be read. */
export interface Woken {
  woken: number;
  late: number;
  unreadable: number;
}

/**
 * Brings deliveries back into the queue that are due before the next run, with the delay that is left of their
 * wait. One leaves the table after the queue has it: whoever dies in between sends it twice, with the same id.
 * Stops at `deadline` (milliseconds since 1970) and after `wakeDeliveriesMax`; the next run goes on. A shard
 * that fails does not keep the others from theirs; the first failure is thrown at the end.
 */
export const wakeDeliveries = async (deadline: number, deps: Deps): Promise<Woken> => {
  const count = { woken: 0, late: 0, unreadable: 0 };
  const shards = Array.from({ length: waitingShards }, (_, shard) => shard);
  const runs = shards.map((shard) => wakeShard(shard, { deadline, count }, deps));
  const failed = (await Promise.allSettled(runs)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw asError(failed.reason);
  return count;
};

const wakeShard = async (
  shard: number,
  { deadline, count }: { deadline: number; count: Woken },
  deps: Deps,
): Promise<void> => {
  const before = deps.now() + wakeMinutes * 60_000;
  let after: string | undefined;
  for (let left = wakeDeliveriesMax / waitingShards; left > 0; ) {
    if (deps.now() >= deadline) return;
    const limit = Math.min(left, wakePageMax);
    const page = { before, limit, ...omitUndefined({ after }) };
    const { waiting, next } = await deps.waiting.due(shard, page);
    await wakePage(shard, { waiting, count }, deps);
    if (next === undefined) return;
    after = next;
    left -= waiting.length;
  }
};

const wakePage = async (
  shard: number,
  { waiting, count }: { waiting: readonly Waiting[]; count: Woken },
  { waiting: table, deliveries, unreadable, now }: Deps,
): Promise<void> => {
  const read = waiting.map((one) => ({ ...one, parsed: schema.safeParse(parseJson(one.body)) }));
  const known = read.flatMap(({ key, parsed }) =>
    parsed.success ? [{ key, delivery: parsed.data }] : [],
  );
  const strange = read.filter(({ parsed }) => !parsed.success);
  const refused = await deliveries.send(
    known.map(({ delivery }) => delivery),
    now(),
  );
  await Promise.all(strange.map(({ body }) => unreadable.put(body)));
  const sent = known.filter(({ delivery }) => !refused.has(delivery.id));
  await table.remove(
    shard,
    [...sent, ...strange].map(({ key }) => key),
  );
  count.woken += sent.length;
  count.unreadable += strange.length;
  count.late += sent.filter(({ delivery }) => delivery.notBefore + wakeLateMs < now()).length;
  const [cause] = refused.values();
  if (cause !== undefined) throw new Error("the queue did not take every delivery", { cause });
};
