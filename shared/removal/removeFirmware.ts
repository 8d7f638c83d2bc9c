import type { FirmwareVersion, FirmwareVersions } from "../firmware/firmwareVersion.ts";
import { type RemoveImageDeps, removeImage } from "../firmware/removeImage.ts";
import type { KeyDocuments } from "../firmware/signing/keyDocument.ts";
import { Failure } from "../platform/failure.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import type { Releases } from "../release/releases.ts";
import { removalVersionsAtOnceMax } from "./limits.ts";

/** The dependencies of `removeFirmwareOf`. */
export interface FirmwareRemovalDeps extends RemoveImageDeps {
  readonly versions: Pick<FirmwareVersions, "list" | "remove">;
  readonly keyDocuments: Pick<KeyDocuments, "removeAll">;
  readonly releases: Pick<Releases, "active" | "end">;
}

/**
 * Removes the firmware versions of a product without devices, their images if no other product has
 * them, and its key documents. Its releases do not go on. What its devices have run stays, as
 * evidence. Stops at `deadline`, in milliseconds since 1970. Returns how many versions remain. May
 * be repeated.
 */
export const removeFirmwareOf = async (
  product: number,
  deadline: number,
  deps: FirmwareRemovalDeps,
): Promise<{ left: number }> => {
  for (const key of await deps.releases.active(product)) await deps.releases.end(key);
  const versions = await deps.versions.list(product);
  let left = versions.length;
  await mapConcurrently(versions, removalVersionsAtOnceMax, async (firmware) => {
    if (deps.now() >= deadline) return;
    if (await removeVersion(firmware, deps)) left -= 1;
  });
  if (left === 0) await deps.keyDocuments.removeAll(product);
  return { left };
};

/**
 * The image first: after a crash in between, the version is still found. Returns `false` if another
 * request has changed or removed the version: a repeated removal finds what is left.
 */
const removeVersion = async (
  { product, version, sha256, revision }: FirmwareVersion,
  deps: FirmwareRemovalDeps,
): Promise<boolean> => {
  await removeImage({ sha256, product, version }, deps);
  try {
    await deps.versions.remove({ product, version, revision });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "conflict") return false;
    throw error;
  }
};
