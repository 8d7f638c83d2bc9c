/** A part of an image, and the size of the whole image. */
export interface Block {
  readonly release: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** The payload of `firmware/{device}`: one line of JSON, a line feed, the bytes. */
export const encodeBlock = ({ release, offset, bytes, size }: Block): Uint8Array => {
  const header = { release, offset, length: bytes.length, size };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
};
