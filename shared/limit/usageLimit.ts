import * as z from "zod/mini";
import { slowedDevicesMax, usageLimitMax, usageLimitNameCharsMax } from "./limits.ts";

/** What a limit counts: the data operations of devices, or the deliveries of an integration. */
export const limitScopes = ["fleet", "product", "device", "integration"] as const;
/** The length of a period, in UTC. */
export const limitPeriods = ["day", "month"] as const;
/** What happens at the limit besides notices. */
export const limitActions = ["notify", "slow", "park"] as const;

export type LimitPeriod = (typeof limitPeriods)[number];

/** The settings of a limit that can be changed. */
export const limitSettings = {
  /** Data operations in a period; deliveries for an integration. */
  limit: z.int().check(z.positive(), z.maximum(usageLimitMax)),
  action: z.enum(limitActions),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(usageLimitNameCharsMax))),
};

/** Whose address gets mails about a limit: that of the user, or of the owner of the product. */
export const limitOwner = z.object({
  username: z.string(),
  product: z.optional(z.int()),
});

/** A limit of usage that the owner of a fleet has set. */
export const usageLimit = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  fleet: z.string(),
  scope: z.enum(limitScopes),
  /** The id of the device or the integration. */
  target: z.optional(z.string()),
  period: z.enum(limitPeriods),
  ...limitSettings,
  owner: z.optional(limitOwner),
  /** In milliseconds since 1970. */
  createdAt: z.number(),
  revision: z.int(),
});

export type UsageLimit = z.output<typeof usageLimit>;

/** A limit that is reached in a period. */
export const reachedLimit = z.object({
  limit: z.string(),
  /** The limit as it was. Another revision of it is not reached until it has been checked. */
  revision: z.int(),
  /** The end of the period, in milliseconds since 1970. */
  until: z.number(),
  /** The devices that are slowed down by a limit of their fleet. */
  devices: z.optional(z.array(z.string()).check(z.maxLength(slowedDevicesMax))),
});

export type ReachedLimit = z.output<typeof reachedLimit>;

/** The limits of a fleet, and those that this region considers reached. */
export interface FleetLimits {
  readonly limits: readonly UsageLimit[];
  readonly reached: readonly ReachedLimit[];
}

export const noLimits: FleetLimits = { limits: [], reached: [] };

/** The limits of fleets. The owner changes the limits; each region writes which are reached. */
export interface UsageLimits {
  /** The fleets that have, or had, limits. Strongly consistent in this region. */
  fleets(): Promise<ReadonlySet<string>>;
  /** Strongly consistent in this region. The limits are in the order of their ids. */
  ofFleet(fleet: string): Promise<FleetLimits>;
  add(limit: UsageLimit): Promise<void>;
  /** Replaces a limit. Returns `false` if its revision is not the next one. */
  replace(limit: UsageLimit): Promise<boolean>;
  /** Returns whether it existed; with `only`, whether it existed with this revision. */
  remove(fleet: string, id: string, only?: Pick<UsageLimit, "revision">): Promise<boolean>;
  /** Replaces the limits of a fleet that are reached, as this region counts them. */
  putReached(fleet: string, reached: readonly ReachedLimit[]): Promise<void>;
}

/** The period (UTC) that contains a time: its start and its end, in milliseconds since 1970. */
export const periodOf = (period: LimitPeriod, at: number): { from: number; to: number } => {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === "month"
    ? { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) }
    : { from: Date.UTC(year, month, day), to: Date.UTC(year, month, day + 1) };
};
