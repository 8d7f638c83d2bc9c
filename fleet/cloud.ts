import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { invokeAt } from "../admin/invoke.ts";
import { adminAccess } from "../bench/system/adminAccess.ts";
import type { Api } from "../bench/system/api.ts";
import { startCloud } from "../bench/system/cloud.ts";
import { type Device, device } from "../bench/system/system.ts";
import { provisionBatch, provisioningMax } from "./limits.ts";
import type { GivenCloud } from "./options.ts";

/** The ports of a cloud on this machine: HTTP, MQTT and the admin function. */
export interface FleetCloud {
  readonly api: Api;
  readonly mqtt: string;
  /** CA certificate for devices, PEM. */
  readonly ca: string;
  readonly username: string;
  admin(request: object): Promise<unknown>;
  stop(): Promise<void>;
}

const user = z.object({ username: z.string(), token: z.string() });

/** Opens a running cloud by its state folder, or starts one. */
export const openCloud = async (given: GivenCloud | undefined): Promise<FleetCloud> => {
  if (given === undefined) return await startCloud([], "disk");
  const { api, mqtt, state } = given;
  const read = (file: string): Promise<string> => readFile(join(state, file), "utf8");
  const { username, token } = user.parse(JSON.parse(await read("demo/user.json")));
  return {
    api: { url: api, token },
    mqtt,
    ca: await read("ca.pem"),
    username,
    admin: invokeAt(adminAccess.parse(JSON.parse(await read("admin.json")))),
    async stop() {},
  };
};

const product = z.object({ id: z.number() });
/** A device can fail, for example because its batch took too long. */
const batch = z.object({ results: z.array(z.object({ device: device.optional() })) });

/** A product of its own for the fleet. */
export const addProduct = async ({ admin, username }: FleetCloud, name: string): Promise<number> =>
  product.parse(await admin({ addProduct: { username, product: { name } } })).id;

/** Provisions devices of a product. */
export const addDevices = async (
  { admin }: FleetCloud,
  id: number,
  count: number,
): Promise<readonly Device[]> => {
  const batches = Array.from({ length: Math.ceil(count / provisionBatch) }, (_, i) => i);
  const added = await mapConcurrently(batches, provisioningMax, async (index) => {
    const size = Math.min(provisionBatch, count - index * provisionBatch);
    const devices = Array.from({ length: size }, (_, i) => {
      const name = `fleet-${id}-${index}-${i}`;
      return { name, key: name };
    });
    const answer = await admin({ addDevices: { product: id, devices } });
    return batch.parse(answer).results.flatMap((one) => one.device ?? []);
  });
  return added.flat();
};
