import * as z from "zod/mini";

/** The reply of an operation that returns nothing else. */
export const done = z.strictObject({ ok: z.literal(true) });

/** The reply of 204: no body. */
export const noBody = z.undefined();

/** An ISO 8601 time in UTC. */
export const isoTime = z.iso.datetime();

/** An input without fields. */
export const noInput = z.object({});

/** The value of `next` in a page of a list, up to `charsMax` characters. */
export const nextPage = (charsMax: number) =>
  z
    .string()
    .check(
      z.regex(new RegExp(`^[\\x21-\\x7e]{1,${charsMax}}$`), "must be the next of another page"),
    );
