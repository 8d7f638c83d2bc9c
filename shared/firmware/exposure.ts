import type { Product } from "../account/product/product.ts";
import { type DeviceNow, type DevicesNowDeps, devicesNow } from "./devicesNow.ts";
import type { FirmwareHistory, RanFirmware } from "./firmwareHistory.ts";

export interface ExposureDeps extends DevicesNowDeps {
  readonly history: Pick<FirmwareHistory, "ran">;
}

/** A device that has run a firmware version. Times are milliseconds since 1970. */
export interface ExposedDevice extends Omit<DeviceNow, "version" | "image"> {
  readonly device: string;
  readonly first: number;
  /** When it was last known to change from the version; `undefined` while it runs it. */
  readonly last: number | undefined;
  readonly runsNow: boolean;
  /** The version that it runs now, as it reports it. */
  readonly versionNow: number | undefined;
  /** The SHA-256 of the image that it reported with the version. */
  readonly image: string | undefined;
  readonly regions: readonly string[];
}

/** A page of devices by id. `next` is the start of the next page; absent after the last one. */
export interface ExposurePage {
  readonly devices: readonly ExposedDevice[];
  readonly next?: string;
}

export interface ExposureQuery {
  readonly version: number;
  readonly limit: number;
  readonly after?: string | undefined;
}

/**
 * The devices that have run a firmware version, by the history of what devices reported, also those
 * that are no longer in the product. A page reads `limit` rows: a device that was in several
 * regions has one for each.
 */
export const readExposure = async (
  product: Pick<Product, "id" | "fleet">,
  { version, ...page }: ExposureQuery,
  deps: ExposureDeps,
): Promise<ExposurePage> => {
  const { rows, next } = await wholeDevices({ product: product.id, version }, page, deps);
  const byDevice = Map.groupBy(rows, ({ device }) => device);
  const now = await devicesNow([...byDevice.keys()], product, deps);
  const devices = [...byDevice].map(([device, own]): ExposedDevice => {
    const { version: versionNow, inProduct = false, name } = { ...now.get(device) };
    const runsNow = inProduct && versionNow === version;
    return {
      device,
      name,
      inProduct,
      first: Math.min(...own.map(({ first }) => first)),
      last: runsNow ? undefined : Math.max(...own.map(({ last }) => last)),
      runsNow,
      versionNow: inProduct ? versionNow : undefined,
      image: own.toSorted((one, other) => other.last - one.last)[0]?.image,
      regions: own.map(({ region }) => region).sort(),
    };
  });
  return { devices, ...(next !== undefined && { next }) };
};

/** A page whose last device has all of its rows: the rest of it would be on the next page. */
export const wholeDevices = async (
  key: Pick<RanFirmware, "product" | "version">,
  page: { readonly limit: number; readonly after?: string | undefined },
  { history }: Pick<ExposureDeps, "history">,
): Promise<{ rows: readonly RanFirmware[]; next?: string }> => {
  const { rows, next } = await history.ran(key, page);
  const lastDevice = rows.at(-1)?.device;
  const whole = rows.filter(({ device }) => device !== lastDevice);
  const end = whole.at(-1);
  if (next === undefined || end === undefined) {
    return { rows, ...(next !== undefined && { next }) };
  }
  return { rows: whole, next: `${end.device}#${end.region}` };
};
