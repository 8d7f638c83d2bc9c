import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { addDevices, addProduct, type FleetCloud } from "./cloud.ts";
import { assignFaults, seededRandom } from "./faults.ts";
import { createOwner, platform } from "./firmware.ts";
import { bootMs, confirmMs, connectingMax } from "./limits.ts";
import type { Options } from "./options.ts";
import { registerKeys, uploadImage } from "./release.ts";
import { SimulatedDevice, type SimulatedDeviceOptions } from "./simulatedDevice.ts";

/** What a fleet is made of. */
export interface FleetOptions
  extends Pick<
      Options,
      | "devices"
      | "seed"
      | "badPercent"
      | "faults"
      | "imageFault"
      | "intervalSeconds"
      | "daySeconds"
      | "imageKilobytes"
    >,
    Pick<SimulatedDeviceOptions, "onCommand" | "onMessage"> {
  /** A new image that does not connect within this time is reverted. */
  readonly confirmMs?: number;
  readonly bootMs?: number;
  /** The endpoints of a device by its position, in the order in which it uses them. */
  readonly endpointsOf?: (position: number) => readonly string[];
}

/** A product with devices that run version 1, and with a version 2 to release. */
export interface Fleet {
  readonly product: number;
  readonly devices: readonly SimulatedDevice[];
}

/** The version that is released to a fleet. */
export const newVersion = 2;

/** A device that does not connect, for example because its region is lost, connects later. */
const connectMs = 30_000;

/** Makes a product with signed images and devices, which are not connected. */
export const createFleet = async (cloud: FleetCloud, options: FleetOptions): Promise<Fleet> => {
  const { api } = cloud;
  const product = await addProduct(cloud, `Fleet ${randomBytes(4).toString("hex")}`);
  const owner = createOwner(product);
  await registerKeys(api, product, owner.document);
  const size = options.imageKilobytes * 1_024;
  const [old, next] = [imageOf(size, 1), imageOf(size, newVersion)];
  await uploadImage(api, product, { version: 1, file: owner.sign(old, 1) });
  await uploadImage(api, product, { version: newVersion, file: owner.sign(next, newVersion) });
  const identities = await addDevices(cloud, product, options.devices);
  const { seed, badPercent, faults: kinds, imageFault, endpointsOf } = options;
  const faults = assignFaults(identities.length, badPercent, { kinds, seed });
  const devices = identities.map(
    (identity, i) =>
      new SimulatedDevice({
        identity,
        endpoints: endpointsOf?.(i) ?? [cloud.mqtt],
        ca: cloud.ca,
        product,
        keys: owner.document,
        image: old,
        platform,
        fault: faults[i],
        imageFault,
        intervalMs: options.intervalSeconds * 1_000,
        daySeconds: options.daySeconds,
        confirmMs: options.confirmMs ?? confirmMs,
        bootMs: options.bootMs ?? bootMs,
        random: seededRandom(seed + i + 1),
        onCommand: options.onCommand,
        onMessage: options.onMessage,
      }),
  );
  return { product, devices };
};

/** Starts the devices, and waits until they are connected. */
export const connectFleet = async (devices: readonly SimulatedDevice[]): Promise<void> => {
  await mapConcurrently(devices, connectingMax, async (device) => {
    await Promise.race([device.start(), wait(connectMs)]);
  });
};

/** An image of a version, whose first bytes name it. */
const imageOf = (size: number, version: number): Buffer => {
  const image = randomBytes(size);
  image.write(`fleet ${version}\n`);
  return image;
};
