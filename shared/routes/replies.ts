import * as z from "zod/mini";

/** The reply of an operation that returns nothing else. */
export const done = z.strictObject({ ok: z.literal(true) });

/** The reply of 204: no body. */
export const noBody = z.undefined();

/** An ISO 8601 time in UTC. */
export const isoTime = z.iso.datetime();

/** An input without fields. */
export const noInput = z.object({});
