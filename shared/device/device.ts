import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { deviceIdPattern } from "../platform/topic.ts";
import { deviceNameCharsMax } from "./limits.ts";

const text = z.string().check(z.minLength(1));

/** A device: a thing of IoT Core that publishes events. */
export const device = z.object({
  /** 24 hex digits; also its MQTT client id and its thing name. */
  id: z.string().check(z.regex(deviceIdPattern)),
  /** The fleet of a user or a product; a fleet of its own while the device is unclaimed. */
  fleet: text,
  name: z.optional(text),
  /** Name of the user who claimed it. */
  owner: z.optional(text),
  /** The product whose fleet it is in. */
  product: z.optional(z.number()),
  /**
   * The time at which its user added it to the product, ISO 8601; absent for a device that was
   * provisioned there.
   */
  joinedAt: z.optional(text),
  notes: z.optional(z.string()),
  /** The groups of its product that it is in, sorted. It leaves them with the product. */
  groups: z.optional(z.array(text)),
  /** A development device: no release changes its firmware. Only in a product. */
  development: z.optional(z.literal(true)),
  /** The firmware version that it is locked to. Only in a product. */
  desiredFirmware: z.optional(z.int()),
  /** The times of its creation and of the last change of its row, ISO 8601. */
  createdAt: text,
  updatedAt: z.optional(text),
  /** The number of changes of the row: the condition of the next write (optimistic locking). */
  revision: z.optional(z.int()),
});

export type Device = z.output<typeof device>;

/** A device without the settings that it has in a product, for a move to another fleet. */
export const withoutProductSettings = <Row extends Pick<Device, ProductSetting>>({
  groups: _,
  development: __,
  desiredFirmware: ___,
  ...rest
}: Row): Omit<Row, ProductSetting> => rest;

type ProductSetting = "groups" | "development" | "desiredFirmware";

/** Safe in a URL path and in a shell, as in Particle's cloud, and different from an id. */
export const deviceName = z.string().check(
  z.maxLength(deviceNameCharsMax),
  z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "must be letters, digits, _ . and -"),
  z.refine((name) => !deviceIdPattern.test(name.toLowerCase()), "must not look like an id"),
);

export const newDeviceId = (): string => randomBytes(12).toString("hex");

/** The fleet of an unclaimed device: its own, without users and integrations. */
export const unclaimedFleet = (id: string): string => `u${id}`;

/** A position among the devices of a fleet by name: that of a device, which may be gone. */
export const namePosition = z.object({
  /** The name in lower case; the id of a device without a name. */
  nameKey: text,
  id: z.string().check(z.regex(deviceIdPattern)),
});

export type NamePosition = z.output<typeof namePosition>;

export const namePositionOf = ({ id, name }: Pick<Device, "id" | "name">): NamePosition => ({
  nameKey: name?.toLowerCase() ?? id,
  id,
});

export interface FleetPageQuery {
  readonly limit: number;
  /** The page begins after this position. */
  readonly after?: NamePosition | undefined;
  readonly order: "asc" | "desc";
}

/** A page of a fleet. `hasMore`: there may be further devices after the last one. */
export interface FleetPage {
  readonly devices: readonly Device[];
  readonly hasMore: boolean;
}

/** The rows of devices. */
export interface Devices {
  find(id: string): Promise<Device | undefined>;
  /** By name, case-insensitive. Eventually consistent. */
  findByName(fleet: string, name: string): Promise<Device | undefined>;
  /** The devices with these ids that exist, unordered. Eventually consistent. */
  findMany(ids: readonly string[]): Promise<Device[]>;
  /** The first `max` devices of a fleet, by name. Eventually consistent. */
  list(fleet: string, max: number): Promise<Device[]>;
  /** A page of the devices of a fleet, by name. Eventually consistent. */
  pageOfFleet(fleet: string, page: FleetPageQuery): Promise<FleetPage>;
  /**
   * A page of the devices of all fleets, unordered. `next` is the start of the next page; absent
   * after the last one.
   */
  page(page: {
    limit: number;
    after?: string;
  }): Promise<{ devices: readonly Device[]; next?: string }>;
  /** Fails with `already_exists`. */
  add(device: Device): Promise<void>;
  /**
   * Writes `after` over `before`, with the next revision, and returns the written row. Fails with
   * `conflict` unless the stored row has the fleet and the revision of `before`.
   */
  replace(after: Device, before: Pick<Device, "fleet" | "revision">): Promise<Device>;
}
