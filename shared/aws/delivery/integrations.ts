import * as z from "zod/mini";
import { archiveSetting } from "../../event/archiveSetting.ts";
import {
  type Integration,
  type IntegrationMatcher,
  integrationMatcher as matcherSchema,
  integration as schema,
} from "../../integration/model/integration.ts";
import type { FleetRouting, Integrations } from "../../integration/model/integrations.ts";
import type { SealedSecrets } from "../../integration/secret/sealedSecrets.ts";
import { splitSecrets } from "../../integration/secret/splitSecrets.ts";
import { asError } from "../../platform/asError.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { Secrets } from "../../platform/secrets.ts";
import type { ScanInput, Tables, UpdateInput } from "../call/tables.ts";
import { archiveKey } from "../event/archiveSettings.ts";
import { isListener, listeningRow } from "../event/listeners.ts";
import { isConditionMet } from "../platform/rows.ts";
import { isSealedFor } from "../platform/secrets.ts";
import { countRoutingChange } from "./routingChanges.ts";
import { targetHealthKey, targetHealthOf } from "./targetHealth.ts";
import { someLimitsOf } from "./usageLimits.ts";

/**
 * Settings are stored as JSON text: templates may nest deeper, and contain other numbers, than
 * attributes allow.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const row = z.object({
  pk: z.string(),
  sk: z.string(),
  settings: z.string(),
  /** The encrypted secrets. Absent in rows from before encryption. */
  sealed: z.optional(z.string()),
  /** Absent until the first change. */
  revision: z.optional(z.int()),
});

interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The encryption context of a secret: it cannot be moved to another row. */
const place = ({ pk, sk }: Key): string => `${pk}/${sk}`;

/** Takes the revision from the row, not from the stored settings. */
const settingsIn = ({ settings, revision }: z.output<typeof row>): object => ({
  ...JSON.parse(settings),
  revision,
});

type Read<One> = (item: unknown) => Promise<One>;

/** Reads as much as matching needs. */
const readMatcher: Read<IntegrationMatcher> = async (item) =>
  matcherSchema.parse(JSON.parse(row.parse(item).settings));

/** Reads the settings with placeholders for secrets. */
const readShown: Read<Integration> = async (item) =>
  schema.parse(JSON.parse(row.parse(item).settings));

const readWhole =
  (db: Tables, table: string, secrets: Secrets): Read<Integration> =>
  async (item) => {
    const read = row.parse(item);
    const { sealed } = read;
    if (sealed === undefined) return schema.parse(settingsIn(read));
    const opened = await secrets.open(sealed, place(read));
    await completeSeal(db, table, { row: read, sealed, secrets });
    return schema.parse({ ...settingsIn(read), ...JSON.parse(opened) });
  };

/**
 * Completes a row whose secrets are not encrypted for all regions: a region was unavailable or was
 * added later. The revision stays, because the settings do not change. If the write fails, a later
 * read repeats it.
 */
const completeSeal = async (
  db: Tables,
  table: string,
  { row: { pk, sk }, sealed, secrets }: { row: Key; sealed: string; secrets: Secrets },
): Promise<string> => {
  const completed = await secrets.complete(sealed);
  if (completed === undefined) return sealed;
  const update: UpdateInput = {
    TableName: table,
    Key: { pk, sk },
    UpdateExpression: "SET sealed = :completed",
    // Does not overwrite a concurrent change by the owner.
    ConditionExpression: "sealed = :sealed",
    ExpressionAttributeValues: { ":completed": completed, ":sealed": sealed },
  };
  return db.update(update).then(
    () => completed,
    () => sealed,
  );
};

const sealedRow = z.object({ pk: z.string(), sk: z.string(), sealed: z.string() });
const pageKey = z.object({ pk: z.string(), sk: z.string() });

/** Re-encrypts the secrets of all integrations. Only data keys are decrypted. */
export const dynamoSealedSecrets = (
  db: Tables,
  table: string,
  secrets: Secrets,
): SealedSecrets => ({
  async completePage(region, { limit, after }) {
    const scan: ScanInput = {
      TableName: table,
      Limit: limit,
      ExclusiveStartKey: after ? pageKey.parse(parseJson(after)) : undefined,
      FilterExpression: "attribute_exists(sealed)",
      ProjectionExpression: "pk, sk, sealed",
    };
    const { Items = [], LastEvaluatedKey } = await db.scan(scan);
    const incomplete: string[] = [];
    for (const item of Items) {
      const { sealed, ...found } = sealedRow.parse(item);
      const completed = await completeSeal(db, table, { row: found, sealed, secrets });
      if (!isSealedFor(completed, region)) incomplete.push(found.sk.replace(integrationPrefix, ""));
    }
    const next = LastEvaluatedKey && JSON.stringify(LastEvaluatedKey);
    return { sealed: Items.length - incomplete.length, incomplete, ...(next && { next }) };
  },
});

const itemOf = async (integration: Integration, secrets: Secrets): Promise<Row> => {
  const { shown, secrets: secret } = splitSecrets(integration);
  const { fleet, id, revision } = integration;
  const at = { ...key(fleet, id), ...omitUndefined({ revision }) };
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

/** Returns all rows of a fleet. */
const rowsOf = async (db: Tables, table: string, fleet: string): Promise<Row[]> => {
  const found: Row[] = [];
  let from: Row | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :fleet",
      ExpressionAttributeValues: { ":fleet": `fleet#${fleet}` },
      // In this region's replica: a change that was confirmed here is visible here.
      ConsistentRead: true,
      ExclusiveStartKey: from,
    });
    found.push(...Items);
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return found;
};

const readFleetRouting = async <One extends IntegrationMatcher>(
  db: Tables,
  table: string,
  { fleet, read }: { fleet: string; read: Read<One> },
): Promise<FleetRouting<One>> => {
  const rows = await rowsOf(db, table, fleet);
  const { region } = db;
  return {
    ...(await readEach(rows.filter(isIntegration), read)),
    listenedUntil: Math.max(
      0,
      ...rows.filter(isListener).map((row) => listeningRow.parse(row).until),
    ),
    healthRecords: rows.flatMap((row) => targetHealthOf(row, region) ?? []),
    archive: archiveSetting.safeParse(rows.find((row) => row.sk === archiveKey(fleet).sk)).data,
    ...omitUndefined({ limits: someLimitsOf(rows, region) }),
  };
};

/** Reads rows independently: an unreadable one does not affect the others. */
const readEach = async <One extends IntegrationMatcher>(
  rows: readonly Row[],
  read: Read<One>,
): Promise<Pick<FleetRouting<One>, "integrations" | "unreadable">> => {
  const unreadable = new Map<string, Error>();
  const integrations = await Promise.all(
    rows.map(async (item) => {
      try {
        return [await read(item)];
      } catch (error) {
        unreadable.set(String(item.sk).slice(integrationPrefix.length), asError(error));
        return [];
      }
    }),
  );
  return { integrations: integrations.flat(), unreadable };
};

const find = async <One>(
  db: Tables,
  table: string,
  { fleet, id, read }: { fleet: string; id: string; read: Read<One> },
): Promise<One | undefined> => {
  const { Item } = await db.get({ TableName: table, Key: key(fleet, id), ConsistentRead: true });
  return Item && read(Item);
};

/** Reads integrations without secrets and without a key, as far as matching needs them. */
export const dynamoIntegrationMatchers = (db: Tables, table: string) => ({
  fleetRouting: (fleet: string) => readFleetRouting(db, table, { fleet, read: readMatcher }),
  find: (fleet: string, id: string) => find(db, table, { fleet, id, read: readMatcher }),
  remove: (fleet: string, id: string) => remove(db, table, { fleet, id }),
});

const remove = async (
  db: Tables,
  table: string,
  {
    fleet,
    id,
    only,
  }: { fleet: string; id: string; only?: { revision?: number | undefined } | undefined },
): Promise<boolean> => {
  if (only === undefined) {
    const { Attributes } = await db.delete({
      TableName: table,
      Key: key(fleet, id),
      ReturnValues: "ALL_OLD",
    });
    if (Attributes === undefined) return false;
  } else {
    const { revision } = only;
    const condition =
      revision === undefined
        ? { ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(revision)" }
        : {
            ConditionExpression: "revision = :revision",
            ExpressionAttributeValues: { ":revision": revision },
          };
    const pending = db.delete({ TableName: table, Key: key(fleet, id), ...condition });
    if (!(await isConditionMet(pending))) return false;
  }
  await countRoutingChange(db, table, fleet);
  // Other regions keep their health row, which is small and never read again.
  const Key = targetHealthKey(fleet, db.region, id);
  await db.delete({ TableName: table, Key });
  return true;
};

/**
 * Stores integrations in a DynamoDB global table, by fleet, with encrypted secrets. Changes reach
 * other regions within about a second.
 */
export const dynamoIntegrations = (db: Tables, table: string, secrets: Secrets): Integrations => {
  const read = readWhole(db, table, secrets);
  return {
    fleetRouting: (fleet) => readFleetRouting(db, table, { fleet, read }),

    find: (fleet, id) => find(db, table, { fleet, id, read }),

    async add(integration) {
      const Item = await itemOf(integration, secrets);
      await db.put({ TableName: table, Item });
      await countRoutingChange(db, table, integration.fleet);
    },

    async replace(integration) {
      const Item = await itemOf(integration, secrets);
      return putNext(db, { table, fleet: integration.fleet, Item });
    },

    remove: (fleet, id, only) => remove(db, table, { fleet, id, only }),

    disable: (fleet, id, reason) => disable(db, table, { fleet, id, reason }),
  };
};

/** Disables an integration without decrypting its secrets. */
const disable = async (
  db: Tables,
  table: string,
  { fleet, id, reason }: { fleet: string; id: string; reason: string },
): Promise<boolean> => {
  const Key = key(fleet, id);
  const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
  if (Item === undefined) return false;
  const shown = await readShown(Item);
  if (shown.disabled) return false;
  const revision = (shown.revision ?? 0) + 1;
  const disabled: Integration = { ...shown, disabled: true, disabledReason: reason, revision };
  const next = { ...Item, settings: JSON.stringify(disabled), revision };
  // Fails for a concurrent change by the owner.
  return putNext(db, { table, fleet, Item: next });
};

/** Writes the next revision of a row. Returns whether the previous revision was there. */
const putNext = async (
  db: Tables,
  { table, fleet, Item }: { table: string; fleet: string; Item: Row },
): Promise<boolean> => {
  const before = Number(Item.revision) - 1;
  const put = {
    TableName: table,
    Item,
    ConditionExpression:
      before === 0
        ? "attribute_exists(pk) AND attribute_not_exists(revision)"
        : "revision = :before",
    ...(before !== 0 && { ExpressionAttributeValues: { ":before": before } }),
  };
  const isPut = await isConditionMet(db.put(put));
  if (isPut) await countRoutingChange(db, table, fleet);
  return isPut;
};
