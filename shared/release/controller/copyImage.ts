import type { Images } from "../../firmware/images.ts";
import type { Release } from "../model/release.ts";

interface Deps {
  readonly images: Pick<Images, "get" | "put">;
  /** Whether this region has the image. */
  readonly hasHere: (sha256: string) => Promise<boolean>;
}

/**
 * Returns a function that copies the image of a release to this region if it is missing, because
 * the region did not accept it at the upload, or has been added since. Workers remember the images
 * that are there.
 */
export const createImageCopier = ({ images, hasHere }: Deps) => {
  const known = new Set<string>();
  return async ({ image: { sha256 } }: Pick<Release, "image">): Promise<void> => {
    if (known.has(sha256)) return;
    if (!(await hasHere(sha256))) {
      const bytes = await images.get(sha256);
      if (bytes === undefined) throw new Error(`no region has the image ${sha256}`);
      await images.put(sha256, bytes);
    }
    known.add(sha256);
  };
};
