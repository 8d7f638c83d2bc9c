import * as z from "zod/mini";
import { deferMsMax, reportTextCharsMax } from "../limits.ts";

/** Why an update failed on a device. The list is closed. */
export const updateErrors = [
  "unsigned",
  "wrong_signature",
  "expired",
  "older",
  "wrong_product",
  "wrong_platform",
  "wrong_version",
  "too_large",
  "wrong_hash",
  "no_space",
  "write_failed",
  "boot_failed",
  "reverted",
  "not_supported",
  "other",
] as const;

export type UpdateError = (typeof updateErrors)[number];

/** After another error, a further attempt would fail too. */
const repeatable: ReadonlySet<string> = new Set<UpdateError>([
  "wrong_hash",
  "write_failed",
  "other",
]);

/** Whether a further attempt of the device may succeed. */
export const isRepeatable = (error: string): boolean => repeatable.has(error);

const time = z.int().check(z.nonnegative());
const note = z.string().check(z.maxLength(reportTextCharsMax));
const release = z.string().check(z.minLength(1), z.maxLength(64));

/** What a device reports about its update, on `updates/{device}`. */
export const updateReport = z.discriminatedUnion("state", [
  z.object({ release, state: z.literal("accepted") }),
  z.object({ release, state: z.literal("downloading"), offset: time }),
  z.object({ release, state: z.literal("verified") }),
  z.object({ release, state: z.literal("restarting") }),
  z.object({ release, state: z.literal("confirmed") }),
  z.object({
    release,
    state: z.literal("deferred"),
    /** Milliseconds since 1970; at most `deferMsMax` from now are respected. */
    until: z.optional(time),
    reason: z.optional(note),
  }),
  z.object({ release, state: z.literal("vetoed"), reason: z.optional(note) }),
  /** The cloud refused or failed. It never counts as an attempt of the device. */
  z.object({ release, state: z.literal("unavailable"), status: z.optional(z.int()) }),
  z.object({
    release,
    state: z.literal("failed"),
    error: z.catch(z.enum(updateErrors), "other"),
    message: z.optional(note),
  }),
]);

export type UpdateReport = z.output<typeof updateReport>;

/** The time until which a device defers, in milliseconds since 1970. */
export const deferredUntil = (until: number | undefined, at: number, fallbackMs: number): number =>
  Math.min(until ?? at + fallbackMs, at + deferMsMax);
