import type { Exclusion } from "./enrolment.ts";
import { runsImage, type UpdateHello } from "./observe.ts";
import type { Release } from "./release.ts";

/** The part of a device that decides whether a release may update it. */
export interface UpdateTraits {
  readonly product?: number | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly development?: boolean | undefined;
  /** The version that it is locked to. */
  readonly desiredFirmware?: number | undefined;
}

type Wanted = Pick<Release, "product" | "version" | "image" | "kind">;

/** Why a release does not update a device; `undefined` if it does. */
export const exclusionOf = (
  device: UpdateTraits,
  hello: UpdateHello | undefined,
  { product, version, image }: Wanted,
): Exclusion | undefined => {
  if (device.product !== product) return "left_product";
  if (device.development === true) return "development";
  if (device.desiredFirmware !== undefined && device.desiredFirmware !== version) return "locked";
  if (hello === undefined) return undefined;
  if (runsImage(hello, { version, sha256: image.sha256 })) return undefined;
  const { minimumVersion, platform } = image;
  const running = versionOf(hello.firmware);
  if (minimumVersion !== undefined && running !== undefined && running < minimumVersion) {
    return "below_minimum";
  }
  const isOther = platform !== undefined && (hello.platform ?? platform) !== platform;
  return isOther ? "wrong_platform" : undefined;
};

/** The firmware version as a number; `undefined` for another text. */
export const versionOf = (firmware: string | undefined): number | undefined =>
  firmware !== undefined && /^\d{1,9}$/.test(firmware) ? Number(firmware) : undefined;
