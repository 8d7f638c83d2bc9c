import { randomBytes } from "node:crypto";
import * as z from "zod";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import type { CloudSystem } from "./cloud.ts";
import { type Device, device } from "./system.ts";

const provisionBatch = 25;
const provisioningMax = 2;

const product = z.object({ id: z.number() });
/** A device can fail, for example because its batch took too long. */
const batch = z.object({ results: z.array(z.object({ device: device.optional() })) });

/** Devices in a product of their own. */
export interface AddedDevices {
  readonly product: number;
  readonly devices: readonly Device[];
}

/** Adds devices to a new product, which has no limit of devices, until the time is over. */
export const addDevices = async (
  cloud: CloudSystem,
  number: number,
  msMax: number,
): Promise<AddedDevices> => {
  const begun = performance.now();
  const { username } = cloud;
  const name = `Bench idle ${randomBytes(3).toString("hex")}`;
  const created = await cloud.admin({ addProduct: { username, product: { name } } });
  const { id } = product.parse(created);
  const batches = Array.from({ length: Math.ceil(number / provisionBatch) }, (_, i) => i);
  const added = await mapConcurrently(batches, provisioningMax, async (index) => {
    if (performance.now() - begun > msMax) return [];
    const size = Math.min(provisionBatch, number - index * provisionBatch);
    const devices = Array.from({ length: size }, (_, i) => {
      const name = `idle-${process.pid}-${index}-${i}`;
      return { name, key: name };
    });
    const answer = await cloud.admin({ addDevices: { product: id, devices } });
    return batch.parse(answer).results.flatMap((one) => one.device ?? []);
  });
  return { product: id, devices: added.flat() };
};
