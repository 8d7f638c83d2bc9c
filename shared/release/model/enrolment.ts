import * as z from "zod/mini";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());

/** Why a device is not updated by a release. */
export const exclusions = [
  "development",
  "locked",
  "quarantined",
  "left_product",
  "other_version",
  "below_minimum",
  "wrong_platform",
  "no_wave",
  "superseded",
  "cancelled",
  "rolled_back",
] as const;

export const exclusion = z.enum(exclusions);

export type Exclusion = z.output<typeof exclusion>;

/** A targeted device: written once, when the release begins. */
export const enrolment = z.object({
  release: text,
  device: text,
  /** The index of its wave; absent for a device that no wave reaches. */
  wave: z.optional(z.int().check(z.nonnegative())),
  at: time,
  /** The firmware that it reported last: its version, and the SHA-256 of its image. */
  before: z.optional(z.object({ version: z.optional(z.string()), sha256: z.optional(z.string()) })),
  /** It ran the version already. */
  current: z.optional(z.literal(true)),
  excluded: z.optional(exclusion),
});

export type Enrolment = z.output<typeof enrolment>;
