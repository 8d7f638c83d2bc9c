import { createHash } from "node:crypto";
import type { Product } from "../account/product/product.ts";
import type { UploadedFile } from "../input/uploadedFile.ts";
import { Failure } from "../platform/failure.ts";
import type { FirmwareVersion, FirmwareVersions } from "./firmwareVersion.ts";
import type { ImageReference, ImageReferences, Images } from "./images.ts";
import { firmwareVersionsMax, imageBytesMax } from "./limits.ts";
import { requirePlatform } from "./platform.ts";
import { type RemoveImageDeps, removeImage } from "./removeImage.ts";
import type { Envelope } from "./signing/envelope.ts";
import { currentKeys, type KeyDocuments } from "./signing/keyDocument.ts";
import { type Manifest, readManifest, refused, verifyManifest } from "./signing/manifest.ts";
import { splitSignedImage } from "./signing/signedImage.ts";

/** A new firmware version as its owner describes it. */
export interface NewFirmware {
  readonly file: UploadedFile;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly mandatory: boolean;
}

export interface UploadDeps extends RemoveImageDeps {
  readonly versions: FirmwareVersions;
  readonly keyDocuments: Pick<KeyDocuments, "list">;
  readonly images: Images;
  readonly references: ImageReferences;
  readonly now: () => number;
}

/** The name of an image that was uploaded without one. */
const unnamed = "firmware.bin";
const fileNameCharsMax = 128;

/**
 * Stores an image as a new firmware version of a product. The image is stored before the version,
 * in this region and, if they respond, in the others. Fails with `too_large`, `already_exists` if
 * the product has this version, `limit_reached`, and `invalid_request` with a reason if the image
 * is empty, is not for the platform of the product, or is not signed as its keys require.
 */
export const uploadFirmware = async (
  { file, version, ...described }: NewFirmware,
  { product, by }: { product: Pick<Product, "id" | "platformId">; by: string },
  deps: UploadDeps,
): Promise<FirmwareVersion> => {
  const { image, signed } = splitSignedImage(file.bytes);
  requireSize(image);
  const sha256 = createHash("sha256").update(image).digest("hex");
  const others = await deps.versions.list(product.id);
  if (others.some((other) => other.version === version)) throw versionExists(version);
  if (others.length >= firmwareVersionsMax) {
    throw new Failure(
      `the product has ${firmwareVersionsMax} firmware versions: delete those that were never released`,
      { code: "limit_reached" },
    );
  }
  const subject = { product: product.id, version, size: image.length, sha256 };
  const manifest = await verify(signed, subject, others, deps);
  requirePlatform(image, manifest, product.platformId);
  const reference = { sha256, product: product.id, version };
  await storeImage(image, reference, deps);
  const stored: FirmwareVersion = {
    ...described,
    ...subject,
    name: file.name?.slice(-fileNameCharsMax) || unnamed,
    uploadedBy: by,
    uploadedAt: deps.now(),
    ...(signed !== undefined && { manifest: signed }),
    groups: {},
    revision: 0,
  };
  try {
    await deps.versions.add(stored);
  } catch (error) {
    await undo(reference, deps);
    throw error instanceof Failure && error.code === "already_exists"
      ? versionExists(version)
      : error;
  }
  return stored;
};

const versionExists = (version: number): Failure =>
  new Failure(`the product has a version ${version} already: choose a higher number`, {
    code: "already_exists",
  });

const requireSize = (image: Buffer): void => {
  if (image.length === 0) throw new Failure("the file is empty", { code: "invalid_request" });
  if (image.length <= imageBytesMax) return;
  throw new Failure(
    `the image has ${image.length} bytes; an image may have ${imageBytesMax} bytes at most`,
    { code: "too_large" },
  );
};

/** The manifest of an image; `undefined` for a product without keys. */
const verify = async (
  signed: Envelope | undefined,
  subject: { product: number; version: number; size: number; sha256: string },
  others: readonly FirmwareVersion[],
  { keyDocuments, now }: UploadDeps,
): Promise<Manifest | undefined> => {
  const keys = currentKeys(subject.product, await keyDocuments.list(subject.product));
  if (keys === undefined && signed === undefined) return undefined;
  if (keys === undefined) {
    throw refused(
      "wrong_signature",
      "the image is signed, but the product has no signing keys: register them first",
    );
  }
  if (signed === undefined) {
    throw refused(
      "unsigned",
      "the image has no signature, and the product has signing keys: npm run firmware -- sign",
    );
  }
  const manifest = verifyManifest(signed, subject, { keys, now: now() });
  requireSequence(manifest, others);
  return manifest;
};

/**
 * Fails unless the sequence is larger than every one before: devices would refuse the manifest as
 * older.
 */
export const requireSequence = (
  { sequence }: Pick<Manifest, "sequence">,
  others: readonly Pick<FirmwareVersion, "manifest" | "version">[],
): void => {
  for (const { manifest, version } of others) {
    if (manifest === undefined) continue;
    const { sequence: earlier } = readManifest(manifest);
    if (sequence > earlier) continue;
    throw refused(
      "older",
      `the manifest has the sequence ${sequence}, and that of version ${version} has ${earlier}: sign it again with a larger one`,
    );
  }
};

/** A crash after any step leaves at most an image that no version has. */
const storeImage = async (
  image: Buffer,
  reference: ImageReference,
  { images, references, now }: UploadDeps,
): Promise<void> => {
  const { sha256 } = reference;
  await references.add(reference);
  if (await references.isBeingRemoved(sha256, now())) {
    await references.remove(reference);
    throw new Failure("the same image is being deleted at the moment: repeat this in a minute", {
      code: "conflict",
    });
  }
  // Also if it exists: it may be missing in a region that did not respond.
  await Promise.all([images.put(sha256, image), images.putElsewhere(sha256, image)]);
};

/**
 * Another request has stored this version. The reference stays if the other one has the same image.
 */
const undo = async (reference: ImageReference, deps: UploadDeps): Promise<void> => {
  const winner = await deps.versions.find(reference.product, reference.version);
  if (winner === undefined || winner.sha256 !== reference.sha256) {
    await removeImage(reference, deps);
  }
};
