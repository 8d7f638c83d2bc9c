import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { parseJson } from "../platform/parseJson.ts";
import { cursorCharsMax } from "./limits.ts";
import { validationFailure } from "./readInput.ts";

const message = "must be the cursor of another page";

/** The field `cursor` of a list: a text of a former page, which clients do not read. */
export const cursorText = z
  .string()
  .check(z.regex(new RegExp(`^[\\w-]{1,${cursorCharsMax}}$`), message));

const content = z.tuple([z.string(), z.unknown()]);

/** Identifies the filters and the order of a list. */
const digestOf = (list: object): string =>
  createHash("sha256").update(JSON.stringify(list)).digest("base64url").slice(0, 11);

/**
 * Writes the cursor of the next page: its position, and a digest of the filters and the order of
 * the list, because a position has no meaning in another list.
 */
export const writeCursor = (list: object, position: unknown): string =>
  Buffer.from(JSON.stringify([digestOf(list), position])).toString("base64url");

/**
 * Reads the position in a cursor. A position is not secret and not signed: the caller restricts
 * each read to the fleet. Fails with `invalid_request` if the text is no cursor, or if it belongs
 * to a list with other filters.
 */
export const readCursor = <Schema extends z.core.$ZodType>(
  list: object,
  cursor: string,
  position: Schema,
): z.output<Schema> => {
  const read = content.safeParse(parseJson(Buffer.from(cursor, "base64url").toString("utf8")));
  if (!read.success) throw validationFailure([`cursor: ${message}`]);
  const [digest, value] = read.data;
  if (digest !== digestOf(list)) {
    throw validationFailure([
      "cursor: belongs to a list with other filters or another order: repeat them, or begin without cursor",
    ]);
  }
  const { data, success } = z.safeParse(position, value);
  if (!success) throw validationFailure([`cursor: ${message}`]);
  return data;
};
