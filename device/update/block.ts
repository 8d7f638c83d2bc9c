import { parseObject } from "../platform/json.ts";

/** A part of an image, as received on `firmware/{device}`. */
export interface Block {
  readonly release: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Parses a block: one line of JSON with `release`, `offset` and `length`, then the bytes. Returns
 * `undefined` for anything else, also if the number of bytes is not the length.
 */
export const parseBlock = (payload: Buffer): Block | undefined => {
  const lineEnd = payload.indexOf("\n");
  if (lineEnd === -1) return undefined;
  const header = parseObject(payload.subarray(0, lineEnd).toString("utf8"));
  const { release, offset, length } = header ?? {};
  const bytes = payload.subarray(lineEnd + 1);
  if (typeof release !== "string" || typeof offset !== "number") return undefined;
  return length === bytes.length ? { release, offset, bytes } : undefined;
};
