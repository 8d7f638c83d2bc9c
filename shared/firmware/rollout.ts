import type { Product } from "../account/product/product.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { devicesNow } from "./devicesNow.ts";
import { type ExposureDeps, wholeDevices } from "./exposure.ts";
import type { FirmwareChange, FirmwareHistory } from "./firmwareHistory.ts";
import { historiesAtOnceMax } from "./limits.ts";

export interface RolloutDeps extends ExposureDeps {
  readonly history: FirmwareHistory;
}

/**
 * The state of a device that ran a version with a fault: it runs the fix or a later version, it
 * does not or has another image than that of the version, or it is no longer in the product.
 */
export type FixState = "fixed" | "exposed" | "left";

/** A device that ran a version with a fault. Times are milliseconds since 1970. */
export interface FixedDevice {
  readonly device: string;
  readonly name: string | undefined;
  readonly state: FixState;
  readonly exposedVersion: number;
  readonly exposedFirst: number;
  /** The last time at which it was known to change to or from that version. */
  readonly exposedLast: number;
  readonly versionNow: number | undefined;
  /** Since when it has run the fix or a later version without an interruption. */
  readonly fixedAt: number | undefined;
}

/** The place of a page: the version with the fault, and the row of its history. */
export interface RolloutPosition {
  readonly version: number;
  readonly after?: string | undefined;
}

export interface RolloutQuery {
  /** The version with the fix. */
  readonly version: number;
  /** The versions with the fault, in ascending order. */
  readonly faulty: readonly number[];
  readonly limit: number;
  readonly from?: RolloutPosition | undefined;
  /** The SHA-256 of the images of the product, by version. */
  readonly images: ReadonlyMap<number, string>;
}

/**
 * A page of the rollout of a fix: a row for each device and each version with the fault that it
 * ran. Later versions have the fix, unless they are among those with the fault.
 */
export const readRollout = async (
  product: Pick<Product, "id" | "fleet">,
  query: RolloutQuery,
  deps: RolloutDeps,
): Promise<{ readonly devices: readonly FixedDevice[]; readonly next?: RolloutPosition }> => {
  const from = query.from ?? { version: query.faulty[0] ?? 0 };
  const exposed = query.faulty.find((version) => version >= from.version);
  if (exposed === undefined) return { devices: [] };
  const page = { limit: query.limit, after: exposed === from.version ? from.after : undefined };
  const { rows, next } = await wholeDevices({ product: product.id, version: exposed }, page, deps);
  const byDevice = [...Map.groupBy(rows, ({ device }) => device)];
  const now = await devicesNow(
    byDevice.map(([id]) => id),
    product,
    deps,
  );
  const devices = await mapConcurrently(byDevice, historiesAtOnceMax, async ([device, own]) => {
    const { inProduct = false, name, version, image } = { ...now.get(device) };
    const changes = await ownChanges(device, product.id, deps);
    const running = version === undefined ? changes[0] : { version, image };
    const versionNow = inProduct ? running?.version : undefined;
    const isFixed = inProduct && running !== undefined && hasFix(running, query);
    const state: FixState = !inProduct ? "left" : isFixed ? "fixed" : "exposed";
    return {
      device,
      name,
      state,
      exposedVersion: exposed,
      exposedFirst: Math.min(...own.map(({ first }) => first)),
      exposedLast: Math.max(...own.map(({ last }) => last)),
      versionNow,
      fixedAt: state === "fixed" ? fixedSince(changes, query) : undefined,
    };
  });
  const following = query.faulty.find((version) => version > exposed);
  if (next !== undefined) return { devices, next: { version: exposed, after: next } };
  return { devices, ...(following !== undefined && { next: { version: following } }) };
};

const ownChanges = async (
  device: string,
  product: number,
  { history }: RolloutDeps,
): Promise<FirmwareChange[]> =>
  (await history.changesOf(device)).filter((change) => change.product === product);

/** A device that reports no hash of its image is believed the version. */
const hasFix = (
  { version, image }: Pick<FirmwareChange, "version" | "image">,
  { version: fix, faulty, images }: Pick<RolloutQuery, "version" | "faulty" | "images">,
): boolean => {
  const expected = images.get(version);
  const isOther = image !== undefined && expected !== undefined && image !== expected;
  return version >= fix && !faulty.includes(version) && !isOther;
};

/** The first of the latest changes, newest first, that all are to a version with the fix. */
const fixedSince = (
  changes: readonly FirmwareChange[],
  query: Pick<RolloutQuery, "version" | "faulty" | "images">,
): number | undefined => {
  const end = changes.findIndex((change) => !hasFix(change, query));
  return (end === -1 ? changes : changes.slice(0, end)).at(-1)?.at;
};
