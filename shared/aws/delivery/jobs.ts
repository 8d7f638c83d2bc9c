import { type Job, type Jobs, job as schema } from "../../job/job.ts";
import { jobDays } from "../../job/limits.ts";
import { daySeconds } from "../../platform/durations.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const jobPrefix = "job#";

const pkOf = (fleet: string): string => `jobs#${fleet}`;

/** A row that is never changed, so any region may write it. */
const stopKey = (fleet: string, id: string) => ({ pk: pkOf(fleet), sk: `stop#${id}` });

/**
 * Stores jobs in the global table of dead letters, by fleet, for `jobDays`. Only the job's region
 * writes its row; a stop request is a row of its own.
 */
export const dynamoJobs = (
  db: Tables,
  table: string,
  { region, now }: { region: string; now: () => number },
): Jobs => {
  const keyOf = (fleet: string, id: string) => ({
    pk: pkOf(fleet),
    sk: `${jobPrefix}${region}#${id}`,
  });
  const expiresAt = (since: number) => Math.ceil(since / 1_000) + jobDays * daySeconds;
  const itemOf = (job: Job) => ({
    ...keyOf(job.fleet, job.id),
    job: JSON.stringify(job),
    revision: job.revision,
    expiresAt: expiresAt(job.workedAt),
  });
  const read = ({ job }: Record<string, unknown>): Job => schema.parse(JSON.parse(String(job)));
  const get = async (Key: { pk: string; sk: string }) => {
    const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
    return Item;
  };
  return {
    async list(fleet) {
      // Bounded by `jobsPerFleetMax`: far below a page of DynamoDB.
      const { Items = [] } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :fleet AND begins_with(sk, :job)",
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":fleet": pkOf(fleet),
          ":job": jobPrefix,
          ":now": Math.floor(now() / 1_000),
        },
        ConsistentRead: true,
      });
      return Items.map(read);
    },

    async add(job) {
      await db.put({ TableName: table, Item: itemOf(job) });
    },

    async find(fleet, id) {
      const Item = await get(keyOf(fleet, id));
      return Item && read(Item);
    },

    async put(job) {
      return isConditionMet(
        db.put({
          TableName: table,
          Item: itemOf(job),
          ConditionExpression: "revision = :before",
          ExpressionAttributeValues: { ":before": job.revision - 1 },
        }),
      );
    },

    async stop(fleet, id) {
      const Item = { ...stopKey(fleet, id), expiresAt: expiresAt(now()) };
      await db.put({ TableName: table, Item });
    },

    isStopRequested: async (fleet, id) => (await get(stopKey(fleet, id))) !== undefined,
  };
};
