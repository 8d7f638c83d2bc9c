import type { ImageReference, ImageReferences, Images } from "./images.ts";

export interface RemoveImageDeps {
  readonly images: Pick<Images, "remove">;
  readonly references: ImageReferences;
  readonly now: () => number;
  /** Reports an error that is not one of the request. */
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Removes a reference of an image, and deletes its bytes with the last one. If a region does not
 * respond, the bytes stay: they cost storage, but nothing is lost.
 */
export const removeImage = async (
  reference: ImageReference,
  { images, references, now, onError }: RemoveImageDeps,
): Promise<void> => {
  const { sha256 } = reference;
  try {
    await references.remove(reference);
    if (await references.beginRemoval(sha256, now())) await images.remove(sha256);
    await references.endRemoval(sha256);
  } catch (error) {
    onError(`the image ${sha256} was not deleted`, error);
  }
};
