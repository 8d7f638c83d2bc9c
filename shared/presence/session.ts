import * as z from "zod/mini";
import {
  callNameBytesMax,
  firmwareCharsMax,
  functionsPerDeviceMax,
  variablesPerDeviceMax,
  wakeSecondsMax,
} from "./limits.ts";

const time = z.int().check(z.nonnegative());

export const variableTypes = ["int32", "double", "string", "bool"] as const;

const callName = z.string().check(
  z.minLength(1),
  z.refine((name) => Buffer.byteLength(name) <= callNameBytesMax, "is too long"),
);

/** What a device says of itself on `hello/{device}`. What is not as agreed counts as not said. */
export const hello = z.object({
  firmware: z.catch(z.optional(z.string().check(z.maxLength(firmwareCharsMax))), undefined),
  functions: z.catch(z.array(callName).check(z.maxLength(functionsPerDeviceMax)), []),
  variables: z.catch(
    z
      .record(callName, z.enum(variableTypes))
      .check(z.refine((all) => Object.keys(all).length <= variablesPerDeviceMax, "are too many")),
    {},
  ),
  /** How many seconds a device that sleeps is away between two signs of it. */
  wake: z.catch(z.optional(z.int().check(z.positive(), z.maximum(wakeSecondsMax))), undefined),
  /** The fleet that the device takes itself to be in. */
  fleet: z.catch(z.optional(z.string()), undefined),
});

export type Hello = z.output<typeof hello>;

export const statuses = ["online", "offline"] as const;

/** A change that the users of a fleet are still to be told. */
const pendingStatus = z.object({ status: z.enum(statuses), fleet: z.string() });

export type PendingStatus = z.output<typeof pendingStatus>;

/** What is known of a device in one region. Only that region writes it. */
export const session = z.object({
  device: z.string(),
  region: z.string(),
  connected: z.boolean(),
  /** Since when it is so, in milliseconds since 1970. */
  since: time,
  /** The broker's name for the connection; absent while only the device itself has spoken. */
  id: z.optional(z.string()),
  /** The connection's number, which rises with each one of a device. */
  version: z.optional(z.int()),
  /** When that connection was last heard of. */
  at: time,
  /** When the device last connected, as far as that was heard. */
  handshakeAt: z.optional(time),
  /** When the broker was last asked about it and knew better than this row. */
  askedAt: z.optional(time),
  /** Why it ended, in the broker's words. */
  reason: z.optional(z.string()),
  address: z.optional(z.string()),
  hello: z.optional(hello),
  helloAt: z.optional(time),
  /** When the device last confirmed that it was asked for hello. */
  helloAskedAt: z.optional(time),
  /** Changes that users are still to be told, oldest first. */
  untold: z.optional(z.array(pendingStatus)),
  /** The one worker that may tell them, named by the number of its write, until a time in milliseconds since 1970. */
  teller: z.optional(z.object({ write: z.int(), until: time })),
  /** Counts the writes, so that no writer overwrites what it has not read. */
  revision: z.int(),
});

export type Session = z.output<typeof session>;

/** What a device last said of itself, in whatever region. */
export const latestHello = (sessions: readonly Session[]): Hello | undefined =>
  sessions
    .filter(({ helloAt }) => helloAt !== undefined)
    .toSorted((a, b) => (b.helloAt ?? 0) - (a.helloAt ?? 0))[0]?.hello;

/** What is known of devices' connections: a row for each device and region. */
export interface Sessions {
  /** The session of this region, as it is now. */
  find(device: string): Promise<Session | undefined>;
  /** Those of all regions, as of a moment ago. */
  list(devices: readonly string[]): Promise<Session[]>;
  /** Those of this region, as of a moment ago. */
  listHere(devices: readonly string[]): Promise<Session[]>;
  /** Of this region. Answers `false` when it is not the next revision: somebody else wrote it. */
  put(session: Session): Promise<boolean>;
}

/** Since when the sessions of this region are whole, kept beside them: it is lost when they are. */
export interface Epochs {
  /** As of a moment ago. `undefined` when it is not there. */
  find(): Promise<number | undefined>;
  /** Begins one unless there is one. Answers the one in force. */
  begin(now: number): Promise<number>;
}

/** How far the sweep of a region's sessions is: where a round goes on, unless it is over, and when it began. */
export interface SweepPosition {
  readonly roundAt: number;
  readonly after?: string;
}

/** Where the sweep of this region's sessions is, kept beside them: when they are lost, it begins anew. */
export interface Sweeps {
  find(): Promise<SweepPosition | undefined>;
  put(place: SweepPosition): Promise<void>;
}
