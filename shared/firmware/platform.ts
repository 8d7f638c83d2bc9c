import { crc32 } from "node:zlib";
import { type Manifest, refused } from "./signing/manifest.ts";

/**
 * Fails with `invalid_request` if an image says by itself that it is for another platform than its
 * product: the header of a module of Device OS, or a number as the `platform` of its manifest. Any
 * other platform is a name that the device compares with its own.
 */
export const requirePlatform = (
  image: Buffer,
  manifest: Pick<Manifest, "platform"> | undefined,
  expected: number,
): void => {
  const named = manifest?.platform;
  for (const found of [platformOfModule(image), numberOf(named)]) {
    if (found === undefined || found === expected) continue;
    throw refused(
      "wrong_platform",
      `the image is for the platform ${found}, but the product has the platform ${expected}`,
    );
  }
};

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;

/** Length of the header of a module, and the positions of its fields. */
const headerBytes = 24;
const startAt = 0;
const endAt = 4;
const platformAt = 12;
const crcBytes = 4;

/**
 * The platform in the header of a module of Device OS; `undefined` for another image. A module has
 * the addresses of its first byte and of the end of its content, and ends in the CRC-32 of all
 * bytes before, big-endian.
 * https://github.com/particle-iot/device-os/blob/develop/dynalib/inc/module_info.h
 */
const platformOfModule = (image: Buffer): number | undefined => {
  if (image.length < headerBytes + crcBytes) return undefined;
  const length = image.readUInt32LE(endAt) - image.readUInt32LE(startAt);
  if (length !== image.length - crcBytes) return undefined;
  if (crc32(image.subarray(0, length)) !== image.readUInt32BE(length)) return undefined;
  return image.readUInt16LE(platformAt);
};
