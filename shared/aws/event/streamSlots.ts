import * as z from "zod/mini";
import { readCursor, writeCursor } from "../../stream/position.ts";
import { handoverEventsMax, slotRowKeptMs } from "../../stream/slot/limits.ts";
import type {
  Handover,
  OccupiedSlot,
  SlotHolder,
  SlotKey,
  StreamSlots,
} from "../../stream/slot/streamSlots.ts";
import type { Tables, UpdateInput } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

/**
 * Attribute `s3` describes slot 3. It is occupied until `untilMs`; afterwards it may contain the
 * cursor of its last stream.
 */
const slot = z.object({
  id: z.string(),
  client: z.string(),
  sinceMs: z.number(),
  untilMs: z.number(),
  /** The stream was requested to end. */
  ending: z.optional(z.boolean()),
  handover: z.optional(z.string()),
});

const attribute = (number: number): string => `s${number}`;

const keyOf = ({ kind, name }: SlotHolder) => ({ pk: `streams#${kind}#${name}` });

/** The slot is still, or again, that of the stream with this id. */
const isOfStream = "#slot.id = :id";

/** Stream slots in a table of this region: a row per user and per fleet. */
export const dynamoStreamSlots = (db: Tables, TableName: string): StreamSlots => {
  /** Changes an attribute. Returns whether the condition was met. */
  const update = (
    holder: SlotHolder,
    number: number,
    change: Pick<
      UpdateInput,
      "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
    >,
  ): Promise<boolean> => {
    const ExpressionAttributeNames = { "#slot": attribute(number) };
    const Key = keyOf(holder);
    return isConditionMet(db.update({ TableName, Key, ExpressionAttributeNames, ...change }));
  };
  return {
    async list(holder, now) {
      const Key = keyOf(holder);
      const { Item = {} } = await db.get({ TableName, Key, ConsistentRead: true });
      return readRow(Item, now);
    },

    async occupy(holder, { number, id, client, since, until }, { now, replaces }) {
      const isFree = "(attribute_not_exists(#slot) OR #slot.untilMs <= :now)";
      const isPossible = replaces === undefined ? isFree : `(${isFree} AND ${isOfStream})`;
      return await update(holder, number, {
        UpdateExpression: "SET #slot = :slot, expiresAt = :expiresAt",
        // The same stream repeats a request whose reply was lost.
        ConditionExpression: `${isPossible} OR #slot.id = :own`,
        ExpressionAttributeValues: {
          ":slot": { id, client, sinceMs: since, untilMs: until },
          ":own": id,
          ":now": now,
          ":expiresAt": Math.ceil((until + slotRowKeptMs) / 1_000),
          ...(replaces !== undefined && { ":id": replaces }),
        },
      });
    },

    async requestEnd(holder, { number, id }) {
      await update(holder, number, {
        UpdateExpression: "SET #slot.ending = :true",
        ConditionExpression: isOfStream,
        ExpressionAttributeValues: { ":true": true, ":id": id },
      });
    },

    async mayContinue(holder, { number, id }) {
      const { Item } = await db.get({ TableName, Key: keyOf(holder) });
      const found = slot.safeParse(Item?.[attribute(number)]).data;
      return found?.id === id && found.ending !== true;
    },

    async release(holder, { number, id }, handover) {
      await update(holder, number, {
        UpdateExpression: handover === undefined ? "REMOVE #slot" : "SET #slot = :slot",
        ConditionExpression: isOfStream,
        ExpressionAttributeValues: {
          ":id": id,
          ...(handover && { ":slot": slotOf(id, handover) }),
        },
      });
    },
  };
};

const slotOf = (id: string, { client, endedAt, cursor }: Omit<Handover, keyof SlotKey>) => ({
  id,
  client,
  sinceMs: endedAt,
  untilMs: endedAt,
  handover: writeCursor(cursor),
});

const readRow = (row: Readonly<Record<string, unknown>>, now: number) => {
  const occupied: OccupiedSlot[] = [];
  const handovers: Handover[] = [];
  for (const [name, value] of Object.entries(row)) {
    const [, digits] = /^s(\d+)$/.exec(name) ?? [];
    const { data } = slot.safeParse(value);
    if (digits === undefined || data === undefined) continue;
    const { id, client, sinceMs: since, untilMs: until, ending = false, handover = "" } = data;
    const key = { number: Number(digits), id, client };
    const cursor = readCursor(handover, handoverEventsMax);
    if (until > now) occupied.push({ ...key, since, until, isRequested: ending });
    else if (cursor) handovers.push({ ...key, endedAt: until, cursor });
  }
  return { occupied, handovers };
};
