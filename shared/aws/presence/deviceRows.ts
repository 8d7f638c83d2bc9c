import { asError } from "../../platform/asError.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { DeviceRows, DeviceRowsReader, DeviceRowsRequest } from "../../presence/deviceRows.ts";
import type { Tables } from "../call/tables.ts";
import { certificateKey, readCertificateRecord } from "../device/certificateStore.ts";
import { deviceKey, readDevice } from "../device/devices.ts";
import { readSession, sessionKey } from "./sessions.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchKeysMax = 100;
/** A device has up to three rows. */
const devicesPerBatchMax = Math.floor(batchKeysMax / 3);
/** Attempts to read keys that DynamoDB left unprocessed. */
const batchTriesMax = 5;

interface Place {
  readonly devices: string;
  readonly sessions: string;
  readonly region: string;
}

type Item = Record<string, unknown>;

/** Reads rows of the device table and of the session table together. */
export const dynamoDeviceRows = (db: Tables, place: Place): DeviceRowsReader => ({
  async read(requests) {
    const found = new Map<string, DeviceRows | Error>();
    for (let from = 0; from < requests.length; from += devicesPerBatchMax) {
      const some = requests.slice(from, from + devicesPerBatchMax);
      const items = await readBatch(db, some, place);
      for (const { id } of some) found.set(id, rowsOf(id, items, place));
    }
    return found;
  },
});

/** Identifies an item within the tables. */
const nameOf = (table: string, { pk, sk }: Item): string => JSON.stringify([table, pk, sk]);

const readBatch = async (
  db: Tables,
  requests: readonly DeviceRowsRequest[],
  { devices, sessions, region }: Place,
): Promise<ReadonlyMap<string, Item>> => {
  const items = new Map<string, Item>();
  let RequestItems: Record<string, { Keys: Item[]; ConsistentRead: boolean }> = {
    [devices]: {
      Keys: requests.flatMap(({ id, withCertificates }) => [
        deviceKey(id),
        ...(withCertificates ? [certificateKey(id)] : []),
      ]),
      ConsistentRead: true,
    },
    [sessions]: { Keys: requests.map(({ id }) => sessionKey(id, region)), ConsistentRead: true },
  };
  for (let tries = 0; tries < batchTriesMax; tries += 1) {
    const { Responses = {}, UnprocessedKeys = {} } = await db.batchGet({ RequestItems });
    for (const [table, rows] of Object.entries(Responses)) {
      for (const row of rows) items.set(nameOf(table, row), row);
    }
    RequestItems = Object.fromEntries(
      Object.entries(UnprocessedKeys).map(([table, { Keys = [] }]) => [
        table,
        { Keys, ConsistentRead: true },
      ]),
    );
    if (Object.keys(RequestItems).length === 0) return items;
  }
  throw new Error("DynamoDB left rows of devices unprocessed in every attempt");
};

const rowsOf = (
  id: string,
  items: ReadonlyMap<string, Item>,
  { devices, sessions, region }: Place,
): DeviceRows | Error => {
  const device = items.get(nameOf(devices, deviceKey(id)));
  const certificates = items.get(nameOf(devices, certificateKey(id)));
  const session = items.get(nameOf(sessions, sessionKey(id, region)));
  try {
    return omitUndefined({
      device: device && readDevice(device),
      certificates: certificates && readCertificateRecord(certificates),
      session: session && readSession(session),
    });
  } catch (error) {
    return asError(error);
  }
};
