import { Failure } from "../platform/failure.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import {
  type ExpectedVersions,
  requireVersion,
  versionOfRevision,
  withExpectedVersions,
} from "../platform/version.ts";
import type { FirmwareVersion, FirmwareVersions } from "./firmwareVersion.ts";
import { changeAttemptsMax } from "./limits.ts";
import { type RemoveImageDeps, removeImage } from "./removeImage.ts";
import type { Envelope } from "./signing/envelope.ts";
import { currentKeys, type KeyDocuments } from "./signing/keyDocument.ts";
import { refused, verifyManifest } from "./signing/manifest.ts";
import { requireSequence } from "./uploadFirmware.ts";

interface VersionsDeps {
  readonly versions: FirmwareVersions;
}

/** The number of a firmware version, and that of its product. */
export interface FirmwareKey {
  readonly product: number;
  readonly version: number;
}

/** Finds a firmware version. Fails with `not_found`. */
export const findFirmware = async (
  { product, version }: FirmwareKey,
  { versions }: VersionsDeps,
): Promise<FirmwareVersion> => {
  const found = await versions.find(product, version);
  if (found !== undefined) return found;
  throw new Failure(`the product has no firmware version ${version}`, { code: "not_found" });
};

/**
 * Changes a firmware version as it is stored, also while other requests change it. Fails with
 * `not_found`, `precondition_failed`, and `conflict` after some attempts.
 */
export const changeFirmware = async (
  key: FirmwareKey,
  {
    change,
    expected,
  }: {
    change: (before: FirmwareVersion) => Partial<FirmwareVersion>;
    expected?: ExpectedVersions;
  },
  deps: VersionsDeps,
): Promise<FirmwareVersion> =>
  withExpectedVersions(expected, async () => {
    for (let attempt = 1; ; attempt += 1) {
      const before = await findFirmware(key, deps);
      requireVersion(expected, versionOfRevision(before));
      try {
        return await deps.versions.replace({ ...before, ...change(before) });
      } catch (error) {
        const isLost = error instanceof Failure && error.code === "conflict";
        if (!isLost || expected !== undefined || attempt === changeAttemptsMax) throw error;
      }
    }
  });

/** What a person can change of a firmware version. */
export interface FirmwareDescription {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly mandatory?: boolean | undefined;
}

/** Changes the description of a firmware version. Fails as `changeFirmware` does. */
export const describeFirmware = (
  key: FirmwareKey,
  { expected, ...given }: FirmwareDescription & { expected?: ExpectedVersions },
  deps: VersionsDeps,
): Promise<FirmwareVersion> => {
  const { title, description, mandatory } = given;
  const change = () => omitUndefined({ title, description, mandatory });
  return changeFirmware(key, { change, expected }, deps);
};

/**
 * Replaces the manifest of a firmware version by one with a larger sequence, so that devices with a
 * later version accept it. Fails with `invalid_request` and a reason unless it is valid for the
 * same image, and as `changeFirmware` does.
 */
export const replaceManifest = async (
  key: FirmwareKey,
  manifest: Envelope,
  deps: VersionsDeps & {
    readonly keyDocuments: Pick<KeyDocuments, "list">;
    readonly now: () => number;
  },
): Promise<FirmwareVersion> => {
  const keys = currentKeys(key.product, await deps.keyDocuments.list(key.product));
  if (keys === undefined) throw refused("wrong_signature", "the product has no signing keys");
  const firmware = await findFirmware(key, deps);
  const { product, version, size, sha256 } = firmware;
  const now = deps.now();
  const found = verifyManifest(manifest, { product, version, size, sha256 }, { keys, now });
  requireSequence(found, await deps.versions.list(key.product));
  const change = (before: FirmwareVersion): Partial<FirmwareVersion> => {
    // Another request may have replaced it meanwhile.
    requireSequence(found, [before]);
    return { manifest };
  };
  return changeFirmware(key, { change }, deps);
};

/**
 * Deletes a firmware version that was never released, and its image if no other version has it.
 * Fails with `not_found`, `precondition_failed`, and `conflict` for a released version.
 */
export const removeFirmware = async (
  key: FirmwareKey,
  { expected }: { expected?: ExpectedVersions },
  deps: VersionsDeps & RemoveImageDeps,
): Promise<void> => {
  const firmware = await findFirmware(key, deps);
  requireVersion(expected, versionOfRevision(firmware));
  if (firmware.releasedAt !== undefined) {
    throw new Failure(`version ${key.version} was released, so it cannot be deleted`, {
      code: "conflict",
    });
  }
  await withExpectedVersions(expected, () => deps.versions.remove(firmware));
  // A crash here leaves the image without a version.
  await removeImage({ sha256: firmware.sha256, ...key }, deps);
};
