import * as z from "zod";
import { timeMessage } from "./describeIssue.ts";
import { ledgerTimeMsMax } from "./limits.ts";

const error = (issue: z.core.$ZodRawIssue): string =>
  issue.input === undefined ? `is missing: it ${timeMessage}` : timeMessage;

const inMs = z.int({ error }).min(0, { error }).max(ledgerTimeMsMax, { error });
const digits = z.string({ error }).regex(/^\d{1,16}$/, { error, abort: true });
const iso = z
  .union(
    [z.iso.datetime({ offset: true, error, abort: true }), z.iso.date({ error, abort: true })],
    {
      error,
    },
  )
  .transform((text) => Date.parse(text));

/**
 * A time in milliseconds since 1970. Accepts a number, digits, an ISO 8601 time with its offset, or
 * a date (UTC).
 */
export const time = z
  .union([z.number({ error }), digits.transform(Number), iso], { error })
  .pipe(inMs);
