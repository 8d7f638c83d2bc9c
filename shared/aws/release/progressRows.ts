import { type Progress, progress as schema } from "../../release/model/progress.ts";
import type { ProgressRows } from "../../release/progressRows.ts";
import { type Page, queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const pkOf = (release: string): string => `progress#${release}`;

/** The first character after the one that separates the device from the region. */
const afterSeparator = "$";

/**
 * Progress in the global table of firmware: `progress#<release>`, and `<device>#<region>`. Only
 * that region writes the row.
 */
export const dynamoProgressRows = (db: Tables, table: string, region: string): ProgressRows => {
  const of = async (release: string, device: string): Promise<Progress[]> => {
    const found: Progress[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :release AND begins_with(sk, :device)",
      ExpressionAttributeValues: { ":release": pkOf(release), ":device": `${device}#` },
      ConsistentRead: true,
    });
    for await (const page of pages) found.push(...rowsOf(page));
    return found;
  };
  return {
    of,

    async page(release, { limit, after }) {
      const page = await db.query({
        TableName: table,
        KeyConditionExpression: `pk = :release${after === undefined ? "" : " AND sk > :after"}`,
        ExpressionAttributeValues: {
          ":release": pkOf(release),
          ...(after !== undefined && { ":after": `${after}${afterSeparator}` }),
        },
        Limit: limit,
      });
      const rows = rowsOf(page);
      if (page.LastEvaluatedKey === undefined) return { rows, hasMore: false };
      // The last device may have further rows, on the next page.
      const last = rows.at(-1)?.device;
      const whole = rows.filter(({ device }) => device !== last);
      if (whole.length > 0 || last === undefined) return { rows: whole, hasMore: true };
      return { rows: await of(release, last), hasMore: true };
    },

    put: (progress) =>
      isConditionMet(
        db.put({
          TableName: table,
          Item: {
            ...progress,
            pk: pkOf(progress.release),
            sk: `${progress.device}#${region}`,
            region,
          },
          ConditionExpression: "attribute_not_exists(pk) OR revision = :before",
          ExpressionAttributeValues: { ":before": progress.revision - 1 },
        }),
      ),
  };
};

const rowsOf = ({ Items }: Page): Progress[] => Items.map((item) => schema.parse(item));
