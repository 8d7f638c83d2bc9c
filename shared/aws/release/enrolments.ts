import type { Enrolments } from "../../release/enrolments.ts";
import { enrolment as schema } from "../../release/model/enrolment.ts";
import type { Tables } from "../call/tables.ts";
import { writeRows } from "../platform/rows.ts";

const pkOf = (release: string): string => `targets#${release}`;

/** The targeted devices in the global table of firmware: a row each. */
export const dynamoEnrolments = (db: Tables, table: string): Enrolments => ({
  async find(release, device) {
    const Key = { pk: pkOf(release), sk: device };
    const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
    return Item && schema.parse(Item);
  },

  async page(release, { limit, after }) {
    const { Items, LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: `pk = :release${after === undefined ? "" : " AND sk > :after"}`,
      ExpressionAttributeValues: {
        ":release": pkOf(release),
        ...(after !== undefined && { ":after": after }),
      },
      Limit: limit,
    });
    return {
      enrolments: Items.map((item) => schema.parse(item)),
      hasMore: LastEvaluatedKey !== undefined,
    };
  },

  put: (enrolments) =>
    writeRows(
      db,
      table,
      enrolments.map((one) => ({ pk: pkOf(one.release), sk: one.device, ...one })),
    ),
});
