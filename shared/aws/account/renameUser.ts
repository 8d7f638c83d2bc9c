import { randomUUID } from "node:crypto";
import {
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { renameAttemptsMax } from "../../account/limits.ts";
import type { User } from "../../account/user/user.ts";
import { Failure } from "../../platform/failure.ts";
import { isConditionMet, updateAttributes } from "../platform/rows.ts";
import { readUserRow, type UserRow, userKey } from "./userRows.ts";

interface Table {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
  /** The index of what belongs to a user. */
  readonly index: string;
  find(Key: { pk: string }): Promise<Record<string, unknown> | undefined>;
}

interface Names {
  readonly fleet: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Moves a user to another name. One conditional write decides: it replaces the row that was read by
 * a pointer that carries the row, so a change of the user at the same time either is in what moves
 * or fails. Steps: reserve the next name, switch, store the row under the next name, move what
 * belongs to the user. Each step may be repeated, by another worker too. DynamoDB decides within
 * one region; of writes in two regions at the same time, the last one counts.
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
      // Somebody else has the name, or another worker has finished this rename.
      const after = readUserRow(await table.find(userKey(from)));
      if (after?.kind === "former" && after.renamedTo === to) continue;
      throw new Failure(`there is a user ${to} already`, { code: "already_exists" });
    }
    if (await replaceByPointer(table, names, row)) {
      await storeMoved(table, names, row.user);
      return moveAll(table, names);
    }
  }
  throw new Failure(`the user ${from} is changed at the same time, try again`, {
    code: "conflict",
  });
};

/** What a change answers that came after the rename. */
export const renamedConflict = (username: string, cause?: unknown): Failure =>
  new Failure(`the user ${username} has another name by now, try again`, {
    code: "conflict",
    cause,
  });

const reserve = ({ db, table }: Table, { fleet, from, to }: Names): Promise<boolean> =>
  isConditionMet(
    db.send(
      new PutCommand({
        TableName: table,
        Item: { ...userKey(to), fleet, comesFrom: from },
        ConditionExpression:
          "attribute_not_exists(pk) OR (fleet = :fleet AND (attribute_exists(renamedTo) OR attribute_exists(comesFrom)))",
        ExpressionAttributeValues: { ":fleet": fleet },
      }),
    ),
  );

/** Replaces the row by a pointer, unless the row was changed since it was read. */
const replaceByPointer = (
  { db, table }: Table,
  { fleet, from, to }: Names,
  { user, revision }: Extract<UserRow, { kind: "user" }>,
): Promise<boolean> =>
  isConditionMet(
    db.send(
      new PutCommand({
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
    ),
  );

/**
 * Stores a row that moves under its next name, unless it is there, and takes it off the pointer.
 */
export const storeMoved = async (
  { db, table }: Pick<Table, "db" | "table">,
  { from, to }: Pick<Names, "from" | "to">,
  moved: User,
): Promise<void> => {
  await isConditionMet(
    db.send(
      new PutCommand({
        TableName: table,
        Item: { ...userKey(to), ...moved, username: to, revision: randomUUID() },
        ConditionExpression: "comesFrom = :from",
        ExpressionAttributeValues: { ":from": from },
      }),
    ),
  );
  await isConditionMet(
    db.send(
      new UpdateCommand({
        TableName: table,
        Key: userKey(from),
        UpdateExpression: "REMOVE moved",
        ConditionExpression: "renamedTo = :to",
        ExpressionAttributeValues: { ":to": to },
      }),
    ),
  );
};

/** Gives a user's tokens, products and clients to their next name. */
const moveAll = async ({ db, table, index }: Table, { from, to }: Names): Promise<void> => {
  const pages = paginateQuery(
    { client: db },
    {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: "username = :user",
      ExpressionAttributeValues: { ":user": from },
    },
  );
  for await (const { Items = [] } of pages) {
    for (const { pk, owner } of Items) {
      // The index may still show the row that has moved.
      if (String(pk) === userKey(from).pk) continue;
      const members = { username: to, ...(owner === from && { owner: to }) };
      const change = { table, Key: { pk: String(pk) }, members, only: { username: from } };
      await updateAttributes(db, change).catch((error: unknown) => {
        // It was removed meanwhile, or is another user's by now.
        if (!(error instanceof Failure)) throw error;
      });
    }
  }
};
