/** A URL from which anyone can download an image until `expiresAt` (milliseconds since 1970). */
export interface ImageUrl {
  readonly url: string;
  readonly expiresAt: number;
}

/** Reads of images for devices: from the bucket of this region, or of another one that has it. */
export interface ImageDownloads {
  /**
   * A URL of the image, valid for `seconds`. The server supports ranges. `undefined` if no region
   * that responds has the image.
   */
  url(sha256: string, seconds: number): Promise<ImageUrl | undefined>;
  /**
   * `length` bytes from `offset`, or fewer at the end of the image. `undefined` if no region that
   * responds has the image.
   */
  read(sha256: string, offset: number, length: number): Promise<Uint8Array | undefined>;
}
