import { randomUUID } from "node:crypto";
import { renameAttemptsMax } from "../../account/limits.ts";
import type { User } from "../../account/user/user.ts";
import { Failure } from "../../platform/failure.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet, updateAttributes } from "../platform/rows.ts";
import { readUserRow, type UserRow, userKey } from "./userRows.ts";

interface Table {
  readonly db: Tables;
  readonly table: string;
  /** The index of items by user. */
  readonly index: string;
  find(Key: { pk: string }): Promise<Record<string, unknown> | undefined>;
}

interface Names {
  readonly fleet: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Renames a user. One conditional write decides: it replaces the row that was read by a pointer
 * that contains the row, so a concurrent change of the user either is part of the moved row or
 * fails.
 * 1. Reserve the new name.
 * 2. Replace the row by a pointer to the new name.
 * 3. Store the row under the new name.
 * 4. Move the items of the user.
 *
 * Each step may be repeated, also by another worker. DynamoDB decides within one region; of
 * concurrent writes in two regions, the last one wins.
 */
export const renameUser = async (table: Table, names: Names): Promise<void> => {
  const { fleet, from, to } = names;
  for (let tries = 0; tries < renameAttemptsMax; tries += 1) {
    const row = readUserRow(await table.find(userKey(from)));
    if (row?.kind === "former" && row.fleet === fleet && row.renamedTo === to) {
      if (row.moved !== undefined) await storeMoved(table, names, row.moved);
      return moveAll(table, names);
    }
    if (row?.kind !== "user" || row.user.fleet !== fleet) throw renamedConflict(from);
    if (!(await reserve(table, names))) {
      // Another user has the name, or another worker has completed this rename.
      const after = readUserRow(await table.find(userKey(from)));
      if (after?.kind === "former" && after.renamedTo === to) continue;
      throw new Failure(`there is a user ${to} already`, { code: "already_exists" });
    }
    if (await replaceByPointer(table, names, row)) {
      await storeMoved(table, names, row.user);
      return moveAll(table, names);
    }
  }
  throw new Failure(`the user ${from} is being changed by another request, try again`, {
    code: "conflict",
  });
};

/** The failure of a change that came after the rename. */
export const renamedConflict = (username: string, cause?: unknown): Failure =>
  new Failure(`the user ${username} was renamed, try again`, {
    code: "conflict",
    cause,
  });

const reserve = ({ db, table }: Table, { fleet, from, to }: Names): Promise<boolean> =>
  isConditionMet(
    db.put({
      TableName: table,
      Item: { ...userKey(to), fleet, comesFrom: from },
      ConditionExpression:
        "attribute_not_exists(pk) OR (fleet = :fleet AND (attribute_exists(renamedTo) OR attribute_exists(comesFrom)))",
      ExpressionAttributeValues: { ":fleet": fleet },
    }),
  );

/** Replaces the row by a pointer, unless the row was changed since it was read. */
const replaceByPointer = (
  { db, table }: Table,
  { fleet, from, to }: Names,
  { user, revision }: Extract<UserRow, { kind: "user" }>,
): Promise<boolean> =>
  isConditionMet(
    db.put({
      TableName: table,
      Item: { ...userKey(from), fleet, renamedTo: to, moved: user },
      ConditionExpression: `fleet = :fleet AND attribute_not_exists(renamedTo) AND attribute_not_exists(comesFrom) AND ${
        revision === undefined ? "attribute_not_exists(revision)" : "revision = :revision"
      }`,
      ExpressionAttributeValues: {
        ":fleet": fleet,
        ...(revision !== undefined && { ":revision": revision }),
      },
    }),
  );

/** Stores a moved row under its new name, unless it exists, and removes it from the pointer. */
export const storeMoved = async (
  { db, table }: Pick<Table, "db" | "table">,
  { from, to }: Pick<Names, "from" | "to">,
  moved: User,
): Promise<void> => {
  await isConditionMet(
    db.put({
      TableName: table,
      Item: { ...userKey(to), ...moved, username: to, revision: randomUUID() },
      ConditionExpression: "comesFrom = :from",
      ExpressionAttributeValues: { ":from": from },
    }),
  );
  await isConditionMet(
    db.update({
      TableName: table,
      Key: userKey(from),
      UpdateExpression: "REMOVE moved",
      ConditionExpression: "renamedTo = :to",
      ExpressionAttributeValues: { ":to": to },
    }),
  );
};

/** Moves a user's tokens, products and clients to the new name. */
const moveAll = async ({ db, table, index }: Table, { from, to }: Names): Promise<void> => {
  const pages = queryPages(db, {
    TableName: table,
    IndexName: index,
    KeyConditionExpression: "username = :user",
    ExpressionAttributeValues: { ":user": from },
  });
  for await (const { Items = [] } of pages) {
    for (const { pk, owner } of Items) {
      // The index may still contain the moved row.
      if (String(pk) === userKey(from).pk) continue;
      const members = { username: to, ...(owner === from && { owner: to }) };
      const change = { table, Key: { pk: String(pk) }, members, only: { username: from } };
      await updateAttributes(db, change).catch((error: unknown) => {
        // The item was removed, or belongs to another user by now.
        if (!(error instanceof Failure)) throw error;
      });
    }
  }
};
