import type { KeyDocument } from "./keyDocument.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { UpdateOffer } from "./offer.ts";
import { UpdateFailure } from "./updateFailure.ts";

/** What a device compares an offer with. */
export interface OfferRules {
  readonly product: number;
  readonly platform: string | undefined;
  readonly keys: KeyDocument;
  /** Version of the running image; `undefined` if it is not known. */
  readonly version: number | undefined;
  /** Highest sequence that the device has installed. */
  readonly sequence: number;
  readonly imageBytesMax: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Verifies an offer and returns its manifest. Throws an `UpdateFailure` for the first rule that the
 * offer breaks. The fields outside the manifest are not signed: they must agree with it.
 */
export const checkOffer = (offer: UpdateOffer, rules: OfferRules): Manifest => {
  const { keys, product, now } = rules;
  if (keys.product !== product) {
    throw new UpdateFailure("wrong_product", `the keys are of product ${keys.product}`);
  }
  const manifest = readManifest(offer.manifest, keys);
  if (manifest.product !== product || differs(offer.product, product)) {
    throw new UpdateFailure("wrong_product", `the image is of product ${manifest.product}`);
  }
  if (manifest.platform !== undefined && manifest.platform !== rules.platform) {
    throw new UpdateFailure("wrong_platform", `the image is for ${manifest.platform}`);
  }
  if (keys.expiresAt !== undefined && keys.expiresAt <= now) {
    throw new UpdateFailure("expired", "the key document has expired");
  }
  if (manifest.expiresAt <= now) throw new UpdateFailure("expired", "the manifest has expired");
  checkVersion(offer, manifest, rules);
  if (differs(offer.sha256, manifest.sha256) || differs(offer.size, manifest.size)) {
    throw new UpdateFailure("wrong_hash", "the offer and its manifest name different images");
  }
  if (manifest.size > rules.imageBytesMax) {
    const reason = `the image has ${manifest.size} bytes, and the slot ${rules.imageBytesMax}`;
    throw new UpdateFailure("too_large", reason);
  }
  return manifest;
};

const checkVersion = (
  offer: UpdateOffer,
  { version, minimumVersion, sequence }: Manifest,
  rules: OfferRules,
): void => {
  if (differs(offer.version, version)) {
    throw new UpdateFailure("wrong_version", `the manifest is of version ${version}`);
  }
  if (sequence < rules.sequence) {
    const reason = `sequence ${sequence} is lower than the installed ${rules.sequence}`;
    throw new UpdateFailure("older", reason);
  }
  if (minimumVersion !== undefined && (rules.version ?? 0) < minimumVersion) {
    const reason = `the image needs version ${minimumVersion}, and version ${rules.version ?? "?"} runs`;
    throw new UpdateFailure("wrong_version", reason);
  }
};

const differs = (given: unknown, expected: unknown): boolean =>
  given !== undefined && given !== expected;
