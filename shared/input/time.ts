import * as z from "zod/mini";
import { timeMessage } from "./describeIssue.ts";
import { documentAs } from "./documentAs.ts";
import { ledgerTimeMsMax } from "./limits.ts";

const error = (issue: z.core.$ZodRawIssue): string =>
  issue.input === undefined ? `is missing: it ${timeMessage}` : timeMessage;

const inMs = z.int({ error }).check(z.minimum(0, { error }), z.maximum(ledgerTimeMsMax, { error }));
const digits = z.string({ error }).check(z.regex(/^\d{1,16}$/, { error, abort: true }));
const iso = z.pipe(
  z.union(
    [z.iso.datetime({ offset: true, error, abort: true }), z.iso.date({ error, abort: true })],
    { error },
  ),
  z.transform((text: string) => Date.parse(text)),
);

/**
 * A time in milliseconds since 1970. Accepts a number, digits, an ISO 8601 time with its offset, or
 * a date (UTC).
 */
export const time = documentAs(
  z.pipe(
    z.union(
      [
        z.number({ error }),
        z.pipe(
          digits,
          z.transform((text: string) => Number(text)),
        ),
        iso,
      ],
      { error },
    ),
    inMs,
  ),
  {
    anyOf: [
      { type: "string", format: "date-time" },
      { type: "string", format: "date" },
      { type: "integer", minimum: 0, maximum: ledgerTimeMsMax, description: "In ms since 1970." },
    ],
  },
);
