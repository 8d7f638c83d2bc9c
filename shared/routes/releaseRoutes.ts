import * as z from "zod/mini";
import { cursorText } from "../input/cursor.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { deviceIdPattern } from "../platform/topic.ts";
import {
  listedDevicesDefault,
  listedDevicesMax,
  listedReleasesMax,
  reasonCharsMax,
  wavesMax,
} from "../release/limits.ts";
import { deviceStates } from "../release/model/deviceStatus.ts";
import { releaseKinds, rollbackKinds } from "../release/model/release.ts";
import { phases } from "../release/model/releaseStatus.ts";
import { releaseInput } from "../release/releaseInput.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

const counts = z.strictObject({
  targeted: z.int(),
  current: z.int(),
  held: z.int(),
  waiting: z.int(),
  downloading: z.int(),
  installed: z.int(),
  failed: z.int(),
  excluded: z.int(),
});

const which = {
  percent: z.optional(z.number()),
  groups: z.optional(z.array(z.string())),
  devices: z.optional(z.array(z.string())),
};

const audience = z.strictObject({
  all: z.optional(z.literal(true)),
  groups: z.optional(z.array(z.string())),
  devices: z.optional(z.array(z.string())),
});

const decided = {
  at: isoTime,
  by: z.string(),
  reason: z.nullable(z.string()),
};

const releaseFields = {
  id: z.string(),
  product_id: z.int(),
  kind: z.enum(releaseKinds),
  version: z.int(),
  sha256: z.string(),
  state: z.enum(phases),
  to: audience,
  failures: z.strictObject({ count: z.int(), percent: z.number() }),
  window: z.nullable(z.strictObject({ from: z.string(), to: z.string() })),
  return_within: z.int(),
  forced: z.boolean(),
  immediate: z.boolean(),
  rollback: z.enum(rollbackKinds),
  rollback_version: z.nullable(z.int()),
  /** The release that this one rolls back. */
  rolls_back: z.nullable(z.string()),
  /** The halts that no person has ended. */
  halts: z.array(z.strictObject({ id: z.string(), ...decided })),
  /** The order to bring the devices back. `release`: that of the former version. */
  rolled_back: z.nullable(z.strictObject({ ...decided, release: z.nullable(z.string()) })),
  created_at: isoTime,
  created_by: z.string(),
};

const wave = { ...which, soak: z.int(), opened_at: z.nullable(isoTime) };

const listed = z.strictObject({ ...releaseFields, waves: z.array(z.strictObject(wave)) });

const release = z.strictObject({
  ...releaseFields,
  waves: z.array(z.strictObject({ ...wave, devices_by_state: counts })),
  /** Targeted = the sum of the others. */
  devices_by_state: counts,
  /** Devices that were enrolled and whose rows were lost: zero, unless data was lost. */
  missing: z.int(),
  /** Why offers pause. */
  paused: z.nullable(z.string()),
  /** Devices of all regions that were offered the update and are not assessed yet. */
  under_way: z.int(),
});

const device = z.strictObject({
  id: z.string(),
  /** From 1 on; `null` for a device that no wave reaches. */
  wave: z.nullable(z.int()),
  state: z.enum(deviceStates),
  reason: z.nullable(z.string()),
  /** The firmware before: its version, and the SHA-256 of its image. */
  before: z.strictObject({ version: z.nullable(z.string()), sha256: z.nullable(z.string()) }),
  offered_at: z.nullable(isoTime),
  accepted_at: z.nullable(isoTime),
  restarted_at: z.nullable(isoTime),
  /** The first hello with the new image. */
  returned_at: z.nullable(isoTime),
  /** When it was found healthy or not. */
  assessed_at: z.nullable(isoTime),
  failed_at: z.nullable(isoTime),
});

/** Whom a release would reach. */
const plan = z.strictObject({
  plan: z.literal(true),
  version: z.int(),
  targeted: z.int(),
  waves: z.array(
    z.strictObject({
      ...which,
      soak: z.int(),
      count: z.int(),
      /** The first devices of the wave. */
      ids: z.array(z.string()),
    }),
  ),
  /** Devices that no wave reaches. */
  not_reached: z.int(),
  /** Devices that the release would not update, by reason. */
  excluded: z.record(z.string(), z.int()),
  /** Devices that run the version already. */
  current: z.int(),
  /** Unfinished releases that have some of the devices: the release would be refused. */
  conflicts: z.array(z.string()),
});

/** Bodies of replies about releases. */
export type ListedReleaseBody = z.input<typeof listed>;
export type ReleaseBody = z.input<typeof release>;
export type ReleaseDeviceBody = z.input<typeof device>;
export type ReleasePlanBody = z.input<typeof plan>;

const noCounts = {
  targeted: 0,
  current: 0,
  held: 0,
  waiting: 0,
  downloading: 0,
  installed: 0,
  failed: 0,
  excluded: 0,
};

const aListed: ListedReleaseBody = {
  id: "0mjwyt1c03f2a9b4c5d",
  product_id: 123_456_789,
  kind: "release",
  version: 3,
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  state: "running",
  to: { all: true },
  failures: { count: 3, percent: 1 },
  window: { from: "22:00", to: "06:00" },
  return_within: 900,
  forced: false,
  immediate: true,
  rollback: "slot",
  rollback_version: null,
  rolls_back: null,
  halts: [],
  rolled_back: null,
  created_at: "2026-12-01T10:00:00.000Z",
  created_by: "ada@example.com",
  waves: [
    { percent: 1, soak: 3_600, opened_at: "2026-12-01T10:01:00.000Z" },
    { percent: 100, soak: 0, opened_at: null },
  ],
};

const aRelease: ReleaseBody = {
  ...aListed,
  waves: [
    {
      percent: 1,
      soak: 3_600,
      opened_at: "2026-12-01T10:01:00.000Z",
      devices_by_state: { ...noCounts, targeted: 10, downloading: 5, waiting: 5 },
    },
    {
      percent: 100,
      soak: 0,
      opened_at: null,
      devices_by_state: { ...noCounts, targeted: 990, held: 990 },
    },
  ],
  devices_by_state: { ...noCounts, targeted: 1_000, downloading: 5, waiting: 5, held: 990 },
  missing: 0,
  paused: null,
  under_way: 5,
};

const aDevice: ReleaseDeviceBody = {
  id: "0123456789abcdef01234567",
  wave: 1,
  state: "downloading",
  reason: "verified",
  before: { version: "2", sha256: null },
  offered_at: "2026-12-01T10:01:00.000Z",
  accepted_at: "2026-12-01T10:01:01.000Z",
  restarted_at: null,
  returned_at: null,
  assessed_at: null,
  failed_at: null,
};

const aPlan: ReleasePlanBody = {
  plan: true,
  version: 3,
  targeted: 1_000,
  waves: [
    { percent: 1, soak: 3_600, count: 10, ids: ["0123456789abcdef01234567"] },
    { percent: 100, soak: 0, count: 990, ids: ["0123456789abcdef01234568"] },
  ],
  not_reached: 0,
  excluded: { locked: 2 },
  current: 1,
  conflicts: [],
};

const releaseId = z.string().check(z.regex(/^[\w-]{1,64}$/, "must be the id of a release"));
const ofRelease = { release: releaseId };
const decision = {
  ...ofRelease,
  reason: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(reasonCharsMax))),
};
const oneRelease = z.strictObject({ release });
const inProduct = (path: string): string => `/v1/products/{product}/releases${path}`;
const id = aListed.id;

const decisionRoute = <const Name extends "halt" | "resume" | "rollback" | "cancel">(
  name: Name,
  summary: string,
) =>
  route({
    method: "POST",
    path: inProduct(`/{release}/${name}`),
    access: "firmware:release",
    audit: { action: `release.${name}`, id: "release" },
    summary,
    input: z.object(decision),
    replies: { 200: oneRelease },
    example: {
      input: { release: id, reason: "devices lose their settings" },
      reply: { release: aRelease },
    },
    errors: ["conflict"],
  });

/** The operations on the releases of a product. */
export const releaseRoutes = {
  createRelease: route({
    method: "POST",
    path: inProduct(""),
    access: "firmware:release",
    audit: { action: "release.create", created: "release.id" },
    summary: "Release a firmware version to devices, in waves that stop by themselves",
    input: z.object(releaseInput),
    replies: { 201: z.strictObject({ release: listed }) },
    example: {
      input: {
        version: 3,
        to: { all: true },
        waves: [
          { percent: 1, soak: 3_600 },
          { percent: 100, soak: 0 },
        ],
        rollback: "slot",
      },
      reply: { release: aListed },
    },
    errors: ["conflict", "limit_reached"],
  }),
  planRelease: route({
    method: "POST",
    path: inProduct("/plan"),
    access: "firmware:release",
    audit: { none: "it only reads" },
    summary: "Show whom each wave of a release would reach, without a release",
    input: z.object(releaseInput),
    replies: { 200: plan },
    example: { input: { version: 3, to: { all: true } }, reply: aPlan },
    errors: ["conflict"],
  }),
  listReleases: route({
    method: "GET",
    path: inProduct(""),
    access: "firmware:list",
    summary: "List the releases of a product, newest first",
    input: z.object({
      limit: z._default(wholeNumber(1, listedReleasesMax), listedReleasesMax),
      cursor: z.optional(cursorText),
    }),
    replies: {
      200: z.strictObject({ releases: z.array(listed), cursor: z.optional(cursorText) }),
    },
    example: { input: {}, reply: { releases: [aListed] } },
    errors: [],
  }),
  showRelease: route({
    method: "GET",
    path: inProduct("/{release}"),
    access: "firmware:get",
    summary: "Show a release, with the number of its devices in each state",
    input: z.object(ofRelease),
    replies: { 200: oneRelease },
    example: { input: { release: id }, reply: { release: aRelease } },
    errors: [],
  }),
  listReleaseDevices: route({
    method: "GET",
    path: inProduct("/{release}/devices"),
    access: "firmware:get",
    summary: "List the devices of a release, by state and wave",
    input: z.object({
      ...ofRelease,
      state: z.optional(z.enum(deviceStates)),
      wave: z.optional(wholeNumber(1, wavesMax)),
      limit: z._default(wholeNumber(1, listedDevicesMax), listedDevicesDefault),
      cursor: z.optional(cursorText),
    }),
    replies: {
      200: z.strictObject({ devices: z.array(device), cursor: z.optional(cursorText) }),
    },
    example: { input: { release: id, state: "downloading" }, reply: { devices: [aDevice] } },
    errors: [],
  }),
  showReleaseDevice: route({
    method: "GET",
    path: inProduct("/{release}/devices/{device}"),
    access: "firmware:get",
    summary: "Show a device of a release, and in one sentence why it has not updated",
    input: z.object({
      ...ofRelease,
      device: z.pipe(
        z.string().check(z.toLowerCase()),
        z.string().check(z.regex(deviceIdPattern, "must be a device id: 24 hex digits")),
      ),
    }),
    replies: { 200: z.strictObject({ device, sentence: z.string() }) },
    example: {
      input: { release: id, device: aDevice.id },
      reply: {
        device: aDevice,
        sentence:
          "It has verified the image and is about to restart (since 2026-12-01T10:03:00.000Z).",
      },
    },
    errors: [],
  }),
  haltRelease: decisionRoute("halt", "Halt a release: no further device is offered the version"),
  resumeRelease: decisionRoute("resume", "Resume a halted release"),
  rollBackRelease: decisionRoute("rollback", "Bring the devices of a release back"),
  cancelRelease: decisionRoute(
    "cancel",
    "Cancel a release for the devices that it has not reached",
  ),
  exportRelease: route({
    method: "GET",
    path: inProduct("/{release}/export"),
    access: "firmware:get",
    csv: true,
    summary: "Export a release with all of its devices and times",
    input: z.object({
      ...ofRelease,
      format: z._default(z.enum(["json", "csv"]), "json"),
    }),
    replies: { 200: z.strictObject({ release, devices: z.array(device) }) },
    example: { input: { release: id }, reply: { release: aRelease, devices: [aDevice] } },
    errors: [],
  }),
};
