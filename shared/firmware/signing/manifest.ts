import * as z from "zod/mini";
import { readInput } from "../../input/readInput.ts";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import {
  firmwareVersionMax,
  firmwareVersionMin,
  imageBytesMax,
  platformCharsMax,
} from "../limits.ts";
import { type Envelope, payloadOf, requireSigners } from "./envelope.ts";
import type { KeyDocument } from "./keyDocument.ts";

/** The type of a manifest in its envelope. */
export const manifestType = "application/vnd.godwit.firmware+json";

/** The version of a firmware in its product. */
export const firmwareVersionNumber = z
  .int()
  .check(z.minimum(firmwareVersionMin), z.maximum(firmwareVersionMax));

/** The SHA-256 of an image, in hex. */
export const imageHash = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, "must be 64 hex digits in lower case"));

/** A platform as devices report it in their hello. */
export const platformName = z
  .string()
  .check(z.regex(new RegExp(`^[\\w.:/-]{1,${platformCharsMax}}$`), "must be a short name"));

/** The signed statement about an image: what it is, and for whom. */
export const manifest = z.strictObject({
  product: z.int().check(z.positive()),
  version: firmwareVersionNumber,
  /** In bytes. */
  size: z.int().check(z.positive(), z.maximum(imageBytesMax)),
  sha256: imageHash,
  /** Increases with each manifest of a product: a device refuses a smaller one than it has. */
  sequence: z.int().check(z.positive()),
  /** A device with an older version refuses the image. */
  minimum_version: z.optional(firmwareVersionNumber),
  /** A device of another platform refuses the image. */
  platform: z.optional(platformName),
  /** No device installs the image after this time. */
  expires: z.iso.datetime(),
});

export type Manifest = z.output<typeof manifest>;

/** Why a manifest or an image is refused: the codes that devices report too. */
export type ManifestProblem =
  | "unsigned"
  | "wrong_signature"
  | "expired"
  | "older"
  | "wrong_product"
  | "wrong_platform"
  | "wrong_version"
  | "wrong_hash";

/** The failure of an image or a manifest that is not accepted, with the reason as a field. */
export const refused = (reason: ManifestProblem, message: string): Failure =>
  new Failure(message, { code: "invalid_request", details: { reason } });

/** The statement of an envelope, without a check of its signatures. */
export const readManifest = (signed: Envelope): Manifest => {
  if (signed.payloadType !== manifestType) {
    throw refused("wrong_signature", `the payloadType of a manifest must be ${manifestType}`);
  }
  return readInput(manifest, parseJson(payloadOf(signed).toString("utf8")));
};

/** What a manifest must say: its image, and the version that it is uploaded as. */
interface Expected {
  readonly product: number;
  readonly version: number;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Verifies a manifest by the current key document of its product. Fails with `invalid_request` and
 * the reason unless it is signed, has not expired, and describes this image of this version.
 */
export const verifyManifest = (
  signed: Envelope,
  expected: Expected,
  { keys, now }: { readonly keys: KeyDocument; readonly now: number },
): Manifest => {
  if (keys.expires !== undefined && Date.parse(keys.expires) <= now) {
    throw refused("expired", `the signing keys expired at ${keys.expires}: rotate them`);
  }
  requireSigners(signed, keys, "the manifest");
  const found = readManifest(signed);
  if (Date.parse(found.expires) <= now) {
    throw refused("expired", `the manifest expired at ${found.expires}: sign the image again`);
  }
  requireEqual("wrong_product", "product", { found, expected });
  requireEqual("wrong_version", "version", { found, expected });
  requireEqual("wrong_hash", "size", { found, expected });
  requireEqual("wrong_hash", "sha256", { found, expected });
  return found;
};

const requireEqual = (
  reason: ManifestProblem,
  field: keyof Expected,
  { found, expected }: { readonly found: Manifest; readonly expected: Expected },
): void => {
  if (found[field] === expected[field]) return;
  throw refused(
    reason,
    `the manifest has the ${field} ${found[field]}, but the upload has ${expected[field]}`,
  );
};
