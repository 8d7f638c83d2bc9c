import type { Product } from "../account/product/product.ts";
import type { Devices } from "../device/device.ts";
import { latestHello, type Session, type Sessions } from "../presence/session.ts";
import { versionInHello } from "./countDevices.ts";

export interface DevicesNowDeps {
  readonly devices: Pick<Devices, "findMany">;
  readonly sessions: Pick<Sessions, "list">;
}

/** What is known of a device of a product now. */
export interface DeviceNow {
  readonly name: string | undefined;
  /** Whether it is a device of the product. */
  readonly inProduct: boolean;
  /** The firmware version of its latest hello. */
  readonly version: number | undefined;
  /** The SHA-256 of the running image in its latest hello. */
  readonly image: string | undefined;
}

/** Reads what devices run now, and whether they are still devices of a product. */
export const devicesNow = async (
  ids: readonly string[],
  { fleet }: Pick<Product, "fleet">,
  { devices, sessions }: DevicesNowDeps,
): Promise<ReadonlyMap<string, DeviceNow>> => {
  if (ids.length === 0) return new Map();
  const [rows, all] = await Promise.all([devices.findMany(ids), sessions.list(ids)]);
  const byDevice = new Map<string, Session[]>();
  for (const session of all) {
    byDevice.set(session.device, [...(byDevice.get(session.device) ?? []), session]);
  }
  const known = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    ids.map((id) => {
      const row = known.get(id);
      const inProduct = row?.fleet === fleet;
      const hello = latestHello(byDevice.get(id) ?? []);
      const version = versionInHello(hello?.firmware);
      // The name belongs to the present owner.
      const name = inProduct ? row?.name : undefined;
      return [id, { name, inProduct, version, image: hello?.image }];
    }),
  );
};
