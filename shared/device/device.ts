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
