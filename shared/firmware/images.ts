/** The bytes of images, by SHA-256, in the bucket of each region. */
export interface Images {
  /** Stores an image in this region. Repeating it has no effect. */
  put(sha256: string, bytes: Uint8Array): Promise<void>;
  /** Stores an image in the other regions. Returns the regions that did not accept it. */
  putElsewhere(sha256: string, bytes: Uint8Array): Promise<readonly string[]>;
  /** The image, from this region or from another one. `undefined` if no region has it. */
  get(sha256: string): Promise<Buffer | undefined>;
  /** Deletes an image in every region. A missing image counts as deleted. */
  remove(sha256: string): Promise<void>;
}

/** The firmware versions that have an image. */
export interface ImageReferences {
  add(reference: ImageReference): Promise<void>;
  remove(reference: ImageReference): Promise<void>;
  /**
   * Announces that an image is about to be deleted, then reads its references in all regions.
   * Returns whether there is none. Fails if a region does not respond.
   */
  beginRemoval(sha256: string, now: number): Promise<boolean>;
  endRemoval(sha256: string): Promise<void>;
  /**
   * Whether an image is about to be deleted, in any region that responds. A request that has added
   * a reference before, and finds none, keeps its image: either it sees the removal, or the removal
   * sees its reference.
   */
  isBeingRemoved(sha256: string, now: number): Promise<boolean>;
}

/** A firmware version that has an image. */
export interface ImageReference {
  readonly sha256: string;
  readonly product: number;
  readonly version: number;
}
