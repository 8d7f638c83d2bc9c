import * as z from "zod/mini";
import { noticeDays } from "../../ledger/limit/limits.ts";
import {
  type NoticeKey,
  type UsageNotice,
  type UsageNotices,
  usageNotice,
} from "../../ledger/limit/ports.ts";
import { daySeconds } from "../../platform/durations.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { ConditionFailed, type Tables } from "../call/tables.ts";
import { isConditionMet, sortableTime } from "../platform/rows.ts";

const pkOf = (fleet: string): string => `usagenotices#${fleet}`;

const keyOf = ({ fleet, from, limit, max, kind }: NoticeKey) => ({
  pk: pkOf(fleet),
  sk: `${sortableTime(from)}#${limit}#${max}#${kind}`,
});

const row = z.object({
  notice: z.string(),
  state: usageNotice.shape.state,
  region: z.string(),
  claimedAt: z.number(),
});

const readRow = (item: unknown): UsageNotice => {
  const { notice, ...state } = row.parse(item);
  return { ...usageNotice.parse(parseJson(notice)), ...state };
};

/** Attributes of a row that change beside the text of the notice. */
const itemOf = (notice: UsageNotice) => ({
  ...keyOf(notice),
  notice: JSON.stringify(notice),
  state: notice.state,
  region: notice.region,
  claimedAt: notice.claimedAt,
  expiresAt: Math.ceil(notice.from / 1_000) + noticeDays * daySeconds,
});

/**
 * Notices in the table of the ledger. `replicas` are the tables of all regions in the order of the
 * deployment: a write goes to the first one that responds.
 */
export const dynamoUsageNotices = (
  db: Pick<Tables, "query">,
  { table, replicas }: { table: string; replicas: readonly Tables[] },
): UsageNotices => {
  const inFirst = async <Done>(write: (replica: Tables) => Promise<Done>): Promise<Done> => {
    let failure: unknown;
    for (const replica of replicas) {
      try {
        return await write(replica);
      } catch (error) {
        if (error instanceof ConditionFailed) throw error;
        failure = error;
      }
    }
    throw failure;
  };
  return {
    async add(notice) {
      try {
        await inFirst((replica) =>
          replica.put({
            TableName: table,
            Item: itemOf(notice),
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return undefined;
      } catch (error) {
        if (error instanceof ConditionFailed && error.item !== undefined) {
          return readRow(error.item);
        }
        throw error;
      }
    },

    takeOver: (before, { region, now }) =>
      isConditionMet(
        inFirst((replica) =>
          replica.update({
            TableName: table,
            Key: keyOf(before),
            UpdateExpression: "SET #region = :region, claimedAt = :now",
            ConditionExpression: "#state = :pending AND claimedAt = :before",
            ExpressionAttributeNames: { "#region": "region", "#state": "state" },
            ExpressionAttributeValues: {
              ":region": region,
              ":now": now,
              ":pending": "pending",
              ":before": before.claimedAt,
            },
          }),
        ),
      ),

    async markSent(key) {
      await inFirst((replica) =>
        replica.update({
          TableName: table,
          Key: keyOf(key),
          UpdateExpression: "SET #state = :sent",
          // Another replica may not have the row yet: then the notice is sent again.
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":sent": "sent" },
        }),
      );
    },

    async list(fleet, max) {
      const { Items } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pkOf(fleet) },
        ScanIndexForward: false,
        Limit: max,
      });
      return Items.map(readRow).sort((one, other) => other.at - one.at);
    },
  };
};
