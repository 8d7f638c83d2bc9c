import * as z from "zod";
import type { Mark } from "../store/marks.ts";
import { firstStamp, type HybridTimestamp, hybridClock, stampMs } from "./hybridClock.ts";
import { tombstoneMs } from "./limits.ts";
import type { Row, RowStore } from "./rowStore.ts";

/** The state of a row, to be applied in another region. Without an item the row is deleted. */
export const change = z.object({
  table: z.string(),
  key: z.string(),
  stamp: z.string(),
  item: z.record(z.string(), z.unknown()).optional(),
});

export type Change = Readonly<z.output<typeof change>>;

/** The replication state of one region's tables, which is stored with the rows. */
export interface Replica {
  /** The marks to write atomically with a row that a client of this region writes or deletes. */
  marksFor(row: Row, written: "put" | "deleted"): Mark[];
  /** Replicates a table to these regions: its existing rows and all later writes. */
  join(table: string, targets: readonly string[]): Promise<void>;
  /**
   * Applies changes of another region. The later write of each row wins. Resolves with true when
   * they are durable, and with false when a table does not exist here yet.
   */
  apply(changes: readonly Change[]): Promise<boolean>;
  /** Changes for a region that were written at `before` or earlier, oldest first. */
  pendingChanges(target: string, options: { before: number; max: number }): Change[];
  /** Marks changes as applied in a region. Rows that changed meanwhile are sent again. */
  acknowledge(target: string, changes: readonly Change[]): Promise<void>;
  /** The time since when the oldest row of each table waits to be sent to a region. */
  oldestWaiting(target: string): ReadonlyMap<string, number>;
  /** Number of rows that wait to be sent to a region. */
  backlog(target: string): number;
  isReplicated(table: string): boolean;
}

interface ReplicaOptions {
  readonly region: string;
  readonly store: RowStore;
  readonly now: () => number;
}

const stamped = z.object({ stamp: z.string(), gone: z.boolean().optional() });
const waiting = z.object({ at: z.number(), stamp: z.string() });

/** A row that waits to be sent, with the stamp of its current state. */
interface Waiting extends Row {
  readonly at: number;
  readonly stamp: HybridTimestamp;
}

type Outbox = Map<string, Waiting>;

const idOf = ({ table, key }: Row): string => `${table}~${key}`;
const stampKey = (row: Row): string => `godwit-stamp~${idOf(row)}`;
const waitingPrefix = (target: string): string => `godwit-waiting~${target}~`;
const waitingKey = (target: string, row: Row): string => `${waitingPrefix(target)}${idOf(row)}`;
const joinedKey = (table: string, target: string): string => `godwit-joined~${table}~${target}`;

/** Opens the replica with the marks of an earlier start. */
export const openReplica = ({ region, store, now }: ReplicaOptions): Replica => {
  const clock = hybridClock(region, now);
  const targetsOf = new Map<string, readonly string[]>();
  const outboxes = new Map<string, Outbox>();
  readStamps({ store, now }, clock.observe);

  const outboxFor = (target: string): void => {
    if (!outboxes.has(target)) outboxes.set(target, readOutbox(store, target));
  };

  /**
   * A row keeps its position: it is sent when its first change is due, however often it changes.
   */
  const enqueue = (row: Row, stamp: HybridTimestamp, target: string): Mark => {
    const id = idOf(row);
    const outbox = outboxes.get(target);
    const at = outbox?.get(id)?.at ?? now();
    outbox?.set(id, { ...row, at, stamp });
    return { key: waitingKey(target, row), value: { at, stamp } };
  };

  return {
    marksFor(row, written) {
      const stamp = clock.next();
      const targets = targetsOf.get(row.table) ?? [];
      const value = written === "put" ? { stamp } : { stamp, gone: true };
      return [
        { key: stampKey(row), value },
        ...targets.map((target) => enqueue(row, stamp, target)),
      ];
    },
    async join(table, targets) {
      for (const target of targets) outboxFor(target);
      targetsOf.set(table, targets);
      for (const target of targets) enqueueExisting(store, { table, target, enqueue, region });
      await store.committed();
    },
    async apply(changes) {
      if (!changes.every(({ table }) => store.hasTable(table))) return false;
      for (const each of changes) {
        clock.observe(each.stamp);
        apply(store, each);
      }
      await store.committed();
      return true;
    },
    pendingChanges(target, { before, max }) {
      const rows = [...(outboxes.get(target)?.values() ?? [])];
      const changes = rows.filter(({ at }) => at <= before).slice(0, max);
      return changes.map((row) => read(store, row));
    },
    async acknowledge(target, changes) {
      const outbox = outboxes.get(target);
      for (const each of changes) {
        const queued = outbox?.get(idOf(each));
        // A later write of another region may have replaced the change in transit.
        if (queued === undefined || queued.stamp > each.stamp) continue;
        outbox?.delete(idOf(each));
        store.writeMarks([{ key: waitingKey(target, each), value: undefined }]);
      }
      await store.committed();
    },
    oldestWaiting(target) {
      const oldest = new Map<string, number>();
      for (const { table, at } of outboxes.get(target)?.values() ?? []) {
        oldest.set(table, Math.min(at, oldest.get(table) ?? at));
      }
      return oldest;
    },
    backlog: (target) => outboxes.get(target)?.size ?? 0,
    isReplicated: (table) => targetsOf.has(table),
  };
};

/** Enqueues the rows that a table has before it gets a replica in `target`. */
const enqueueExisting = (
  store: RowStore,
  {
    table,
    target,
    enqueue,
    region,
  }: {
    table: string;
    target: string;
    enqueue: (row: Row, stamp: HybridTimestamp, target: string) => Mark;
    region: string;
  },
): void => {
  if (store.mark(joinedKey(table, target)) !== undefined) return;
  for (const key of store.rowKeys(table)) {
    const row = { table, key };
    const found = stampOf(store, row);
    const stamp = found?.stamp ?? firstStamp(region);
    const marks = [enqueue(row, stamp, target)];
    if (found === undefined) marks.push({ key: stampKey(row), value: { stamp } });
    store.writeMarks(marks);
  }
  store.writeMarks([{ key: joinedKey(table, target), value: true }]);
};

const stampOf = (store: RowStore, row: Row) => stamped.optional().parse(store.mark(stampKey(row)));

const apply = (store: RowStore, { item, stamp, ...row }: Change): void => {
  const own = stampOf(store, row);
  if (own !== undefined && own.stamp >= stamp) return;
  const value = item === undefined ? { stamp, gone: true } : { stamp };
  store.write(row, item, [{ key: stampKey(row), value }]);
};

/** Reads a row and its stamp. */
const read = (store: RowStore, { table, key }: Row): Change => {
  const row = { table, key };
  const { stamp } = stamped.parse(store.mark(stampKey(row)));
  return change.parse({ ...row, stamp, item: store.item(row) });
};

/**
 * Later writes must have larger stamps than those of an earlier start. Removes expired tombstones.
 */
const readStamps = (
  { store, now }: Pick<ReplicaOptions, "store" | "now">,
  observe: (stamp: HybridTimestamp) => void,
): void => {
  const old: Mark[] = [];
  for (const { key, value } of store.marksWith("godwit-stamp~")) {
    const { stamp, gone = false } = stamped.parse(value);
    observe(stamp);
    if (gone && stampMs(stamp) < now() - tombstoneMs) old.push({ key, value: undefined });
  }
  if (old.length > 0) store.writeMarks(old);
};

const readOutbox = (store: RowStore, target: string): Outbox => {
  const prefix = waitingPrefix(target);
  const found = store.marksWith(prefix).map(({ key, value }): Waiting => {
    const [table = "", ...rest] = key.slice(prefix.length).split("~");
    return { table, key: rest.join("~"), ...waiting.parse(value) };
  });
  const inOrder = found.sort((one, other) => one.at - other.at);
  return new Map(inOrder.map((row) => [idOf(row), row]));
};
