import { type OneTimeTokens, oneTimeToken } from "../../account/token/oneTimeToken.ts";
import { Failure } from "../../platform/failure.ts";
import type { DeleteInput, GetInput, Tables } from "../call/tables.ts";
import { expiryAttributes } from "../platform/rows.ts";

const keyOf = (hash: string) => ({ pk: `once#${hash}` });

interface Place {
  readonly table: string;
  readonly region: string;
  /** The regions with replicas of the table. */
  readonly regions: readonly string[];
  /** Opens the tables of another region. */
  readonly tablesIn: (region: string) => Tables;
}

/**
 * One-time tokens in the table of accounts. They are not in the index of users; they expire.
 *
 * A replica of another region may still have a token that was removed. So a token is removed in the
 * region that made it, where exactly one removal finds it.
 */
export const dynamoOneTimeTokens = (
  db: Tables,
  { table, region, regions, tablesIn }: Place,
): OneTimeTokens => {
  const removeIn = async (home: string, input: DeleteInput) => {
    try {
      return await tablesIn(home).delete(input);
    } catch (cause) {
      throw new Failure(`The region ${home}, which made this token, does not respond. Try again.`, {
        code: "unavailable",
        cause,
      });
    }
  };
  return {
    async add({ username, expiresAt, ...token }) {
      const Item = {
        ...keyOf(token.hash),
        ...token,
        region,
        user: username,
        ...expiryAttributes(expiresAt),
      };
      await db.put({ TableName: table, Item });
    },

    async find(hash) {
      const get: GetInput = { TableName: table, Key: keyOf(hash), ConsistentRead: true };
      const { Item } = await db.get(get);
      return (
        Item && oneTimeToken.parse({ ...Item, username: Item.user, expiresAt: Item.expiresAtMs })
      );
    },

    async remove({ hash, region: home = region }) {
      const remove: DeleteInput = {
        TableName: table,
        Key: keyOf(hash),
        ReturnValues: "ALL_OLD",
      };
      // A region that was removed from the deployment decides nothing any more.
      const isHere = home === region || !regions.includes(home);
      const { Attributes } = await (isHere ? db.delete(remove) : removeIn(home, remove));
      return Attributes !== undefined;
    },
  };
};
