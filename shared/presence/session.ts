import * as z from "zod/mini";
import {
  callNameBytesMax,
  firmwareCharsMax,
  functionsPerDeviceMax,
  helloKeysMax,
  platformCharsMax,
  resetCharsMax,
  slotsMax,
  utcOffsetMinutesMax,
  utcOffsetMinutesMin,
  variablesPerDeviceMax,
  wakeSecondsMax,
} from "./limits.ts";
import { recoveryIssues } from "./recovery/sessionRecovery.ts";

const time = z.int().check(z.nonnegative());

export const variableTypes = ["int32", "double", "string", "bool"] as const;

const callName = z.string().check(
  z.minLength(1),
  z.maxLength(callNameBytesMax),
  z.refine((name) => Buffer.byteLength(name) <= callNameBytesMax, "is too long"),
);

/** SHA-256 of a firmware image, in lower-case hex. */
const imageHash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** A text of a hello with 1 to `charsMax` characters. */
const shortText = (charsMax: number) =>
  z.catch(z.optional(z.string().check(z.minLength(1), z.maxLength(charsMax))), undefined);

/**
 * The payload of `hello/{device}`: a device describes itself. An invalid field is ignored, so that
 * the others are known.
 */
export const hello = z.object({
  firmware: z.catch(z.optional(z.string().check(z.maxLength(firmwareCharsMax))), undefined),
  functions: z.catch(z.array(callName).check(z.maxLength(functionsPerDeviceMax)), []),
  variables: z.catch(
    z
      .record(callName, z.enum(variableTypes))
      .check(z.refine((all) => Object.keys(all).length <= variablesPerDeviceMax, "are too many")),
    {},
  ),
  /** The wake interval of a sleepy device, in seconds. */
  wake: z.catch(z.optional(z.int().check(z.positive(), z.maximum(wakeSecondsMax))), undefined),
  /** The fleet that the device has stored. */
  fleet: z.catch(z.optional(z.string()), undefined),
  /** The image that runs. */
  image: z.catch(z.optional(imageHash), undefined),
  /** The slots for images. With 2 or more, the device can boot the image of another slot. */
  slots: z.catch(z.optional(z.int().check(z.minimum(1), z.maximum(slotsMax))), undefined),
  /** The image in the other slot. */
  other: z.catch(z.optional(imageHash), undefined),
  /** The number of the key document that the device holds. */
  keys: z.catch(z.optional(z.int().check(z.minimum(1), z.maximum(helloKeysMax))), undefined),
  /** Whether the device takes updates now. */
  updates: z.catch(z.optional(z.boolean()), undefined),
  /** The reason of the last reset. */
  reset: shortText(resetCharsMax),
  /** Local time minus UTC, in minutes. */
  utc_offset: z.catch(
    z.optional(z.int().check(z.minimum(utcOffsetMinutesMin), z.maximum(utcOffsetMinutesMax))),
    undefined,
  ),
  platform: shortText(platformCharsMax),
});

export type Hello = z.output<typeof hello>;

export const statuses = ["online", "offline"] as const;

/** A status that is not published to its fleet yet. */
const pendingStatus = z.object({
  status: z.enum(statuses),
  fleet: z.string(),
  /** The change of presence. Rows of earlier versions have none. */
  change: z.optional(
    z.object({ at: time, reason: z.optional(z.string()), write: z.int(), index: z.int() }),
  ),
});

export type PendingStatus = z.output<typeof pendingStatus>;

/** Another event about the device that is not published to its fleet yet. */
const pendingEvent = z.object({
  event: z.object({ name: z.string(), data: z.string() }),
  fleet: z.string(),
  /**
   * The correction that the event reports: it is recorded first, and the cloud is the publisher.
   */
  recovery: z.optional(z.object({ issue: z.enum(recoveryIssues), at: time })),
});

export type PendingEvent = z.output<typeof pendingEvent>;

export const updateStages = ["started", "sent", "updated", "failed"] as const;

/** How far the events of an update of the firmware are published. */
const publishedUpdate = z.object({
  release: z.string(),
  stage: z.enum(updateStages),
  /** When the cloud received the report with the last events. */
  at: time,
  /** The new firmware: its version, and the SHA-256 of its image. */
  version: z.int(),
  sha256: z.string(),
});

export type PublishedUpdate = z.output<typeof publishedUpdate>;

/** The running firmware of a device of a product that its region has recorded last. */
export const recordedFirmware = z.object({
  product: z.number(),
  /** Absent if the device reports no whole number. */
  version: z.optional(z.int()),
  image: z.optional(z.string()),
  /** The changes since the beginning of a day (days since 1970): their number is bounded. */
  day: z.optional(z.int()),
  changes: z.optional(z.int()),
});

export type RecordedFirmware = z.output<typeof recordedFirmware>;

/**
 * The connection of a device in one region. Only that region writes it. Times are milliseconds
 * since 1970.
 */
export const session = z.object({
  device: z.string(),
  region: z.string(),
  connected: z.boolean(),
  /** The time of the last change of `connected`. */
  since: time,
  /** The broker's session identifier; absent until the first presence event. */
  id: z.optional(z.string()),
  /** The broker's version number, which increases with each connection of a device. */
  version: z.optional(z.int()),
  /** The time of the latest information about that connection. */
  at: time,
  /** The time of the last known connect. */
  handshakeAt: z.optional(time),
  /** The time of the last query of the broker that changed this row. */
  askedAt: z.optional(time),
  /** The broker's disconnect reason. */
  reason: z.optional(z.string()),
  address: z.optional(z.string()),
  hello: z.optional(hello),
  helloAt: z.optional(time),
  /** The time at which the device last confirmed a request for a hello. */
  helloAskedAt: z.optional(time),
  /** The firmware that the history has. Absent for a device without a product. */
  recorded: z.optional(recordedFirmware),
  update: z.optional(publishedUpdate),
  /** Statuses and other events that are not published yet, oldest first. */
  unpublished: z.optional(z.array(z.union([pendingStatus, pendingEvent]))),
  /**
   * The worker that publishes them, identified by the revision of its write, and the end of its
   * lease.
   */
  publisher: z.optional(z.object({ write: z.int(), until: time })),
  /** The number of writes: the condition of the next write (optimistic locking). */
  revision: z.int(),
});

export type Session = z.output<typeof session>;

/** The latest hello of a device in any region. */
export const latestHello = (sessions: readonly Session[]): Hello | undefined =>
  sessions
    .filter(({ helloAt }) => helloAt !== undefined)
    .toSorted((a, b) => (b.helloAt ?? 0) - (a.helloAt ?? 0))[0]?.hello;

/** Sessions: one row for each device and region. */
export interface Sessions {
  /** The session of this region. Strongly consistent. */
  find(device: string): Promise<Session | undefined>;
  /** The sessions of all regions. Eventually consistent. */
  list(devices: readonly string[]): Promise<Session[]>;
  /** The sessions of this region. Eventually consistent. */
  listHere(devices: readonly string[]): Promise<Session[]>;
  /**
   * Writes a session of this region. Returns `false` if another worker has written this revision.
   */
  put(session: Session): Promise<boolean>;
}

/**
 * The time since when the sessions of this region are complete. The table of sessions stores it, so
 * both are lost together.
 */
export interface Epochs {
  /** Eventually consistent. `undefined` if the row is lost. */
  find(): Promise<number | undefined>;
  /** Writes `now` unless there is an epoch. Returns the stored epoch. */
  begin(now: number): Promise<number>;
}

/**
 * The position of a region's sweep: the start of the round, and the next page unless the round has
 * ended.
 */
export interface SweepPosition {
  readonly roundAt: number;
  readonly after?: string;
}

/**
 * The position of this region's sweep. The table of sessions stores it: after a loss the sweep
 * starts again.
 */
export interface Sweeps {
  find(): Promise<SweepPosition | undefined>;
  put(place: SweepPosition): Promise<void>;
}
