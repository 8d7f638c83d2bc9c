import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { archiveSetting } from "../event/archived.ts";
import { type Integration, integration as schema } from "../integration/integration.ts";
import { splitSecrets } from "../integration/splitSecrets.ts";
import type { Integrations, Outlets, Secrets } from "../ports.ts";
import { archiveKey } from "./archiveSettings.ts";
import { isListener, listeningRow } from "./listeners.ts";
import { troubleKey, troubleOf } from "./troubles.ts";

/**
 * Settings are kept as JSON text: a template may nest deeper, and hold other numbers, than an attribute may.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const row = z.object({
  pk: z.string(),
  sk: z.string(),
  settings: z.string(),
  /** The secrets among them; absent in rows from before there was a key. */
  sealed: z.optional(z.string()),
});

/** Where a secret lies: it cannot be moved to another row. */
const place = ({ pk, sk }: { pk: string; sk: string }): string => `${pk}/${sk}`;

type Read = (item: unknown) => Promise<Integration>;

/** Reads the settings with something else in the place of secrets: for whoever only matches events. */
const readShown: Read = async (item) => schema.parse(JSON.parse(row.parse(item).settings));

const readWhole =
  (secrets: Secrets): Read =>
  async (item) => {
    const { settings, sealed, ...key } = row.parse(item);
    const opened = sealed === undefined ? "{}" : await secrets.open(sealed, place(key));
    return schema.parse({ ...JSON.parse(settings), ...JSON.parse(opened) });
  };

const itemOf = async (integration: Integration, secrets: Secrets): Promise<Row> => {
  const { shown, secrets: secret } = splitSecrets(integration);
  const at = key(integration.fleet, integration.id);
  const settings = JSON.stringify(shown);
  if (secret === undefined) return { ...at, settings };
  return { ...at, settings, sealed: await secrets.seal(JSON.stringify(secret), place(at)) };
};

const integrationPrefix = "integration#";

const key = (fleet: string, id: string) => ({
  pk: `fleet#${fleet}`,
  sk: `${integrationPrefix}${id}`,
});

type Row = Record<string, unknown>;

const isIntegration = ({ sk }: Row): boolean =>
  typeof sk === "string" && sk.startsWith(integrationPrefix);

/** All rows of a fleet whose sort key begins with a prefix. */
const rowsOf = async (
  db: DynamoDBDocumentClient,
  table: string,
  { fleet, prefix }: { fleet: string; prefix: string },
): Promise<Row[]> => {
  const found: Row[] = [];
  let from: Row | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: `pk = :fleet${prefix && " AND begins_with(sk, :prefix)"}`,
        ExpressionAttributeValues: {
          ":fleet": `fleet#${fleet}`,
          ":prefix": prefix || undefined,
        },
        // Of this region's copy: a change that was confirmed here is seen here.
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    found.push(...Items);
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return found;
};

const outletsOf = async (
  db: DynamoDBDocumentClient,
  table: string,
  { fleet, read }: { fleet: string; read: Read },
): Promise<Outlets> => {
  const rows = await rowsOf(db, table, { fleet, prefix: "" });
  const region = await db.config.region();
  return {
    integrations: await Promise.all(rows.filter(isIntegration).map(read)),
    listenedUntil: Math.max(
      0,
      ...rows.filter(isListener).map((row) => listeningRow.parse(row).until),
    ),
    troubles: rows.flatMap((row) => troubleOf(row, region) ?? []),
    archive: archiveSetting.safeParse(rows.find((row) => row.sk === archiveKey(fleet).sk)).data,
  };
};

const find = async (
  db: DynamoDBDocumentClient,
  table: string,
  { fleet, id, read }: { fleet: string; id: string; read: Read },
): Promise<Integration | undefined> => {
  const { Item } = await db.send(
    new GetCommand({ TableName: table, Key: key(fleet, id), ConsistentRead: true }),
  );
  return Item && read(Item);
};

/** The same integrations without their secrets, and without a key. */
export const dynamoOutlets = (
  db: DynamoDBDocumentClient,
  table: string,
): Pick<Integrations, "outlets" | "find"> => ({
  outlets: (fleet) => outletsOf(db, table, { fleet, read: readShown }),
  find: (fleet, id) => find(db, table, { fleet, id, read: readShown }),
});

/**
 * Integrations in a DynamoDB global table, by fleet, with their secrets sealed. A change reaches other regions
 * within about a second.
 */
export const dynamoIntegrations = (
  db: DynamoDBDocumentClient,
  table: string,
  secrets: Secrets,
): Integrations => {
  const read = readWhole(secrets);
  return {
    async list(fleet) {
      const rows = await rowsOf(db, table, { fleet, prefix: integrationPrefix });
      return Promise.all(rows.map(read));
    },

    outlets: (fleet) => outletsOf(db, table, { fleet, read }),

    find: (fleet, id) => find(db, table, { fleet, id, read }),

    async add(integration) {
      const Item = await itemOf(integration, secrets);
      await db.send(new PutCommand({ TableName: table, Item }));
    },

    async replace(integration) {
      const Item = await itemOf(integration, secrets);
      return putIf(db, { TableName: table, Item, ConditionExpression: "attribute_exists(pk)" });
    },

    async remove(fleet, id) {
      const { Attributes } = await db.send(
        new DeleteCommand({ TableName: table, Key: key(fleet, id), ReturnValues: "ALL_OLD" }),
      );
      if (Attributes === undefined) return false;
      // Other regions keep what they know of it: a small row that nobody reads any more.
      const Key = troubleKey(fleet, await db.config.region(), id);
      await db.send(new DeleteCommand({ TableName: table, Key }));
      return true;
    },

    disable: (fleet, id, reason) => disable(db, table, { fleet, id, reason }),
  };
};

/** Its secrets stay as they are sealed: they are not opened for this. */
const disable = async (
  db: DynamoDBDocumentClient,
  table: string,
  { fleet, id, reason }: { fleet: string; id: string; reason: string },
): Promise<boolean> => {
  const Key = key(fleet, id);
  const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  if (Item === undefined) return false;
  const { settings, sealed } = row.parse(Item);
  const shown = await readShown(Item);
  if (shown.disabled) return false;
  const disabled: Integration = { ...shown, disabled: true, disabledReason: reason };
  const sameSecrets = sealed === undefined ? "attribute_not_exists(sealed)" : "sealed = :sealed";
  return putIf(db, {
    TableName: table,
    Item: { ...Item, settings: JSON.stringify(disabled) },
    // What its owner wrote meanwhile is not undone: new secrets alone look the same in the settings.
    ConditionExpression: `settings = :was AND ${sameSecrets}`,
    ExpressionAttributeValues: { ":was": settings, ":sealed": sealed },
  });
};

/** Puts a row under a condition, and answers whether that held. */
const putIf = async (db: DynamoDBDocumentClient, put: PutCommandInput): Promise<boolean> => {
  try {
    await db.send(new PutCommand(put));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};
