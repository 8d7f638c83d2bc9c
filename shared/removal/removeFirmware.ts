import type { FirmwareVersion, FirmwareVersions } from "../firmware/firmwareVersion.ts";
import { type RemoveImageDeps, removeImage } from "../firmware/removeImage.ts";
import type { KeyDocuments } from "../firmware/signing/keyDocument.ts";
import { Failure } from "../platform/failure.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import type { Releases } from "../release/releases.ts";
import { removalVersionsAtOnceMax } from "./limits.ts";

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
    await removeVersion(firmware, deps);
    left -= 1;
  });
  if (left === 0) await deps.keyDocuments.removeAll(product);
  return { left };
};

/** The image first: after a crash in between, the version is still found. */
const removeVersion = async (
  { product, version, sha256, revision }: FirmwareVersion,
  deps: FirmwareRemovalDeps,
): Promise<void> => {
  await removeImage({ sha256, product, version }, deps);
  try {
    await deps.versions.remove({ product, version, revision });
  } catch (error) {
    // Another request has removed or changed it: a repeated removal finds what is left.
    if (!(error instanceof Failure && error.code === "conflict")) throw error;
  }
};
