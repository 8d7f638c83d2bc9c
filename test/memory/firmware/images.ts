import type { ImageReference, ImageReferences, Images } from "#shared/firmware/images.ts";
import { imageRemovalMs } from "#shared/firmware/limits.ts";

/** Images in memory, in one region and `elsewhere`. */
export const memoryImages = (elsewhere: readonly string[] = []) => {
  const regions = new Map(["here", ...elsewhere].map((name) => [name, new Map<string, Buffer>()]));
  /** Regions that do not respond. */
  const down = new Set<string>();
  const images: Images = {
    async put(sha256, bytes) {
      regions.get("here")?.set(sha256, Buffer.from(bytes));
    },
    async putElsewhere(sha256, bytes) {
      for (const name of elsewhere) {
        if (!down.has(name)) regions.get(name)?.set(sha256, Buffer.from(bytes));
      }
      return elsewhere.filter((name) => down.has(name));
    },
    get: async (sha256) =>
      [...regions.values()].map((objects) => objects.get(sha256)).find((found) => found),
    async remove(sha256) {
      for (const objects of regions.values()) objects.delete(sha256);
    },
  };
  return { images, down, of: (region: string) => [...(regions.get(region)?.keys() ?? [])] };
};

/** References of images in memory. */
export const memoryImageReferences = (): ImageReferences => {
  const references = new Map<string, Set<string>>();
  const removals = new Map<string, number>();
  const of = (sha256: string) => {
    const found = references.get(sha256) ?? new Set<string>();
    references.set(sha256, found);
    return found;
  };
  const nameOf = ({ product, version }: ImageReference) => `${product} ${version}`;
  return {
    async add(reference) {
      of(reference.sha256).add(nameOf(reference));
    },
    async remove(reference) {
      of(reference.sha256).delete(nameOf(reference));
    },
    async beginRemoval(sha256, now) {
      removals.set(sha256, now);
      return of(sha256).size === 0;
    },
    async endRemoval(sha256) {
      removals.delete(sha256);
    },
    async isBeingRemoved(sha256, now) {
      const at = removals.get(sha256);
      return at !== undefined && now < at + imageRemovalMs;
    },
  };
};
