import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { deviceIdPattern } from "../platform/topic.ts";
import { deviceNameCharsMax } from "./limits.ts";

const text = z.string().check(z.minLength(1));

/** A thing that publishes events. */
export const device = z.object({
  /** 24 hex digits; also its MQTT client id and its name in IoT Core's registry. */
  id: z.string().check(z.regex(deviceIdPattern)),
  /** A user's or a product's; a fleet of its own while nobody has claimed it. */
  fleet: text,
  name: z.optional(text),
  /** Name of the user who claimed it. */
  owner: z.optional(text),
  /** The product whose fleet it is in. */
  product: z.optional(z.number()),
  /** When its user put it into the product, ISO 8601; absent for a device that was made there. */
  joinedAt: z.optional(text),
  notes: z.optional(z.string()),
  /** When it was made, and when its row was last changed, ISO 8601. */
  createdAt: text,
  updatedAt: z.optional(text),
  /** Counts the changes of the row, so that no writer overwrites a change that it has not read. */
  revision: z.optional(z.int()),
});

export type Device = z.output<typeof device>;

/** Fit for a URL's path and for a shell, as Particle's names are; not to be taken for an id. */
export const deviceName = z.string().check(
  z.maxLength(deviceNameCharsMax),
  z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "must be letters, digits, _ . and -"),
  z.refine((name) => !deviceIdPattern.test(name.toLowerCase()), "must not look like an id"),
);

export const newDeviceId = (): string => randomBytes(12).toString("hex");

/** The fleet of a device that nobody has claimed: its own, where it reaches nobody. */
export const unclaimedFleet = (id: string): string => `u${id}`;

/** Which devices there are. */
export interface Devices {
  find(id: string): Promise<Device | undefined>;
  /** By name, in capital or small letters. A device that was just named may not be found for a moment. */
  findByName(fleet: string, name: string): Promise<Device | undefined>;
  /** The first `max` devices of a fleet, by name. A change may be missing for a moment. */
  list(fleet: string, max: number): Promise<Device[]>;
  /** Devices of all fleets, in no order that means anything. Where the next page begins, unless it was the last. */
  page(page: {
    limit: number;
    after?: string;
  }): Promise<{ devices: readonly Device[]; next?: string }>;
  /** Fails with `already_exists`. */
  add(device: Device): Promise<void>;
  /**
   * Writes `after` over `before`, with the next revision, and returns the written row. Fails with `conflict` unless the
   * stored row has the fleet and the revision of `before`.
   */
  replace(after: Device, before: Pick<Device, "fleet" | "revision">): Promise<Device>;
}
