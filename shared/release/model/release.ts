import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { deviceIdPattern } from "../../platform/topic.ts";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());
const count = z.int().check(z.nonnegative());
const deviceId = z.string().check(z.regex(deviceIdPattern));

/** The devices that a release is for: those of the product, of some groups, or named ones. */
export const audience = z.union([
  z.object({ all: z.literal(true) }),
  z.object({ groups: z.readonly(z.array(text)) }),
  z.object({ devices: z.readonly(z.array(deviceId)) }),
]);

export type Audience = z.output<typeof audience>;

/**
 * A part of the devices of a release. `percent` is cumulative: a wave of 10 after one of 1 reaches
 * a further 9 % of the devices. The next wave opens at the earliest `soakMs` after this one.
 */
export const wave = z.intersection(
  z.union([
    z.object({ percent: z.number().check(z.positive(), z.maximum(100)) }),
    z.object({ groups: z.readonly(z.array(text)) }),
    z.object({ devices: z.readonly(z.array(deviceId)) }),
  ]),
  z.object({ soakMs: time }),
);

export type Wave = z.output<typeof wave>;

/** Minutes of the day in the local time of a device. `from` may be later than `to`. */
const minuteOfDay = z.int().check(z.nonnegative(), z.maximum(1_439));

export const updateWindow = z.object({ from: minuteOfDay, to: minuteOfDay });

export type UpdateWindow = z.output<typeof updateWindow>;

/** How the devices of a halted release get their former firmware back. */
export const rollbackKinds = ["slot", "version", "none"] as const;

export const releaseKinds = ["release", "particle", "flash", "rollback", "catch_up"] as const;

/** The image of a release, as it was at its creation. */
const releasedImage = z.object({
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  size: z.int().check(z.positive()),
  /** A device with an older version is excluded. */
  minimumVersion: z.optional(count),
  platform: z.optional(text),
});

/**
 * One firmware version for a set of devices. It is written once: what happens later are facts,
 * enrolments and progress. Times in milliseconds since 1970.
 */
export const release = z.object({
  id: text,
  product: z.int().check(z.positive()),
  /** The fleet of the product. */
  fleet: text,
  /**
   * `release` of our API; `particle` by Particle's route; `flash` for one device; `rollback` to the
   * former version; `catch_up` for devices that came after the release of their version.
   */
  kind: z.enum(releaseKinds),
  version: count,
  image: releasedImage,
  to: audience,
  waves: z.readonly(z.array(wave).check(z.minLength(1))),
  /** The release halts when both bounds are reached. */
  failures: z.object({
    count: z.int().check(z.positive()),
    percent: z.number().check(z.nonnegative(), z.maximum(100)),
  }),
  window: z.optional(updateWindow),
  /** The time in which a device without a heartbeat profile must come back. */
  returnMs: z.int().check(z.positive()),
  /** Devices can neither veto nor defer the update. */
  forced: z.boolean(),
  /** Connected devices are offered the update at once; otherwise at their next hello. */
  immediate: z.boolean(),
  rollback: z.enum(rollbackKinds),
  /** The version that `rollback: version` releases. */
  rollbackVersion: z.optional(count),
  /** The release that this one rolls back. */
  rollsBack: z.optional(text),
  createdBy: text,
  createdAt: time,
  /** The region that enrols the devices. Another one takes over if it does not. */
  region: text,
});

export type Release = z.output<typeof release>;

/** The key of a release. */
export type ReleaseKey = Pick<Release, "product" | "id">;

/** The id of a release: ids sort by the time of creation. */
export const newReleaseId = (now: number): string =>
  `${now.toString(36).padStart(9, "0")}${randomBytes(5).toString("hex")}`;

/** When the release with this id was created, in milliseconds since 1970. */
export const createdAtOf = (id: string): number => Number.parseInt(id.slice(0, 9), 36);
