import { changeFirmware, type FirmwareKey, findFirmware } from "./changeFirmware.ts";
import type { FirmwareVersion, FirmwareVersions } from "./firmwareVersion.ts";
import { currentKeys, type KeyDocument, type KeyDocuments } from "./signing/keyDocument.ts";
import { refused, verifyManifest } from "./signing/manifest.ts";

export interface ReleasableDeps {
  readonly versions: FirmwareVersions;
  readonly keyDocuments: Pick<KeyDocuments, "list">;
  readonly now: () => number;
}

/**
 * Finds a firmware version that devices can accept now. Fails with `not_found` for a deleted
 * version, and with `invalid_request` and a reason if its manifest is missing, has expired, or has
 * too few signatures of the current keys.
 */
export const findReleasable = async (
  key: FirmwareKey,
  deps: ReleasableDeps,
): Promise<FirmwareVersion> => {
  const firmware = await findFirmware(key, deps);
  const keys = currentKeys(key.product, await deps.keyDocuments.list(key.product));
  if (keys !== undefined) requireManifest(firmware, { keys, now: deps.now() });
  return firmware;
};

/** Fails unless the manifest of a version is valid by the keys of its product. */
export const requireManifest = (
  { manifest, ...firmware }: FirmwareVersion,
  by: { readonly keys: KeyDocument; readonly now: number },
): void => {
  if (manifest === undefined) {
    throw refused(
      "unsigned",
      `version ${firmware.version} was uploaded without a signature: upload it signed as another version`,
    );
  }
  const { product, version, size, sha256 } = firmware;
  verifyManifest(manifest, { product, version, size, sha256 }, by);
};

/** To whom a version is released: to groups, and to devices without one if it is the default. */
export interface Assignment {
  readonly productDefault: boolean;
  readonly groups: readonly string[];
  /** In ms since 1970. */
  readonly at: number;
}

/** Records that a version is released: it cannot be deleted any more. */
export const recordRelease = (
  key: FirmwareKey,
  { productDefault, groups, at }: Assignment,
  deps: Pick<ReleasableDeps, "versions">,
): Promise<FirmwareVersion> =>
  changeFirmware(
    key,
    {
      change: (before) => ({
        releasedAt: before.releasedAt ?? at,
        ...(productDefault && { defaultAt: at }),
        groups: { ...before.groups, ...Object.fromEntries(groups.map((name) => [name, at])) },
      }),
    },
    deps,
  );
