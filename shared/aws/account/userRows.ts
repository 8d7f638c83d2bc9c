import * as z from "zod/mini";
import type { UserPages } from "../../account/accounts.ts";
import { namesFollowedMax } from "../../account/limits.ts";
import { user as schema, type User, user as userSchema } from "../../account/user/user.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Tables } from "../call/tables.ts";

export const userKey = (username: string) => ({ pk: `user#${username}` });

/**
 * A former name. It keeps the fleet, so that the user can take the name back. `moved` is the user's
 * row until it is stored under the new name.
 */
const formerName = z.object({
  fleet: z.string(),
  renamedTo: z.string(),
  moved: z.optional(userSchema),
});

/** The reserved new name of a user. */
const reservedName = z.object({ fleet: z.string(), comesFrom: z.string() });

/** An item with a username as key. Each write of a user's row changes its revision. */
export type UserRow =
  | {
      readonly kind: "user";
      readonly user: User;
      readonly revision: string | undefined;
    }
  | ({ readonly kind: "former" } & z.output<typeof formerName>)
  | ({ readonly kind: "reserved" } & z.output<typeof reservedName>);

const revised = z.object({ revision: z.optional(z.string()) });

/** Attributes of pointers. A user's row has none of them. */
export const pointers = ["renamedTo", "comesFrom"] as const;

/** Parses an item with a username as key. */
export const readUserRow = (item: Record<string, unknown> | undefined): UserRow | undefined => {
  if (item === undefined) return undefined;
  const former = formerName.safeParse(item);
  if (former.success) return { kind: "former", ...former.data };
  const reserved = reservedName.safeParse(item);
  if (reserved.success) return { kind: "reserved", ...reserved.data };
  return { kind: "user", user: userSchema.parse(item), revision: revised.parse(item).revision };
};

type Find = (Key: { pk: string }) => Promise<Record<string, unknown> | undefined>;

/**
 * Finds the row of a user by name, including removed users. With `former`, also by a former or
 * reserved name. A rename takes effect for readers as soon as the former name points to the new
 * one.
 */
export const findUserRow = async (
  find: Find,
  name: string,
  { former }: { former: boolean },
): Promise<User | undefined> => {
  let username = name;
  for (let reads = 0; reads < namesFollowedMax; reads += 1) {
    const row = readUserRow(await find(userKey(username)));
    if (row === undefined) return undefined;
    if (row.kind === "user") return row.user;
    if (row.kind === "former") {
      if (!former) return undefined;
      username = row.renamedTo;
      continue;
    }
    const source = readUserRow(await find(userKey(row.comesFrom)));
    if (source?.kind === "former" && source.renamedTo === username) {
      if (source.moved !== undefined) return { ...source.moved, username };
      // The row was stored under this name between the two reads: read it again.
      continue;
    }
    if (!former) return undefined;
    username = row.comesFrom;
  }
  return undefined;
};

const key = z.object({ pk: z.string() });

/** Users in the global table of accounts. Pointers of former names are filtered out. */
export const dynamoUserPages = (db: Tables, table: string): UserPages => ({
  async page({ limit, after }) {
    const { Items = [], LastEvaluatedKey } = await db.scan({
      TableName: table,
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : { pk: after },
      FilterExpression:
        "begins_with(pk, :user) AND attribute_not_exists(renamedTo) AND attribute_not_exists(comesFrom) AND attribute_not_exists(removed)",
      ExpressionAttributeValues: { ":user": "user#" },
    });
    const next = LastEvaluatedKey && key.parse(LastEvaluatedKey).pk;
    return {
      users: Items.map((item) => schema.parse(item)),
      ...omitUndefined({ next }),
    };
  },
});
