import * as z from "zod/mini";
import { limitOwner } from "../../limit/usageLimit.ts";
import type { LimitCounts } from "./limitCounts.ts";

const counts = z.record(z.string(), z.number());

/** The notices of a period and a number of the limit, which are not raised again. */
const raised = z.object({ from: z.number(), max: z.number(), kinds: z.array(z.string()) });

/** What a region has counted for a limit. */
export const limitCounts = z.object({ minutes: counts, hours: counts, days: counts });

/** What a region knows of all limits of a fleet together. */
export const sharedLimitUsage = z.object({
  /** Devices that used much more than the others, and the start of their last such minute. */
  culprits: z.record(z.string(), z.number()),
  /** By the id of the limit. */
  raised: z.record(z.string(), raised),
});

/** What a region has counted for the limits of a fleet, by the id of the limit. */
export const limitUsage = z.extend(sharedLimitUsage, {
  limits: z.record(z.string(), limitCounts),
});

export type LimitUsage = z.output<typeof limitUsage>;

export const noLimitUsage: LimitUsage = { limits: {}, culprits: {}, raised: {} };

/** The counts of limits. Each region replaces its own; the usage of a limit is their sum. */
export interface LimitUsageRows {
  /** By region. */
  ofFleet(fleet: string): Promise<ReadonlyMap<string, LimitUsage>>;
  /**
   * Replaces what this region has counted. What equals `before`, as it is stored, is not written:
   * each limit has its own row, and culprits and raised notices share one. After a crash, some rows
   * are replaced and others are not. The rows of limits that are left out expire.
   */
  put(fleet: string, usage: LimitUsage, before: LimitUsage): Promise<void>;
}

/** The counts of a limit in all regions. */
export const countsOf = (
  usage: ReadonlyMap<string, LimitUsage>,
  limit: string,
): readonly LimitCounts[] => [...usage.values()].flatMap(({ limits }) => limits[limit] ?? []);

/** Why there is a notice: a percentage of the limit, or a forecast. */
export const noticeKinds = ["50", "70", "90", "100", "forecast"] as const;

/** One notice about a limit in a period. */
export const usageNotice = z.object({
  fleet: z.string(),
  limit: z.string(),
  name: z.optional(z.string()),
  kind: z.enum(noticeKinds),
  scope: z.string(),
  target: z.optional(z.string()),
  action: z.string(),
  owner: z.optional(limitOwner),
  period: z.enum(["day", "month"]),
  /** The period, and the time of the notice, in milliseconds since 1970. */
  from: z.number(),
  to: z.number(),
  at: z.number(),
  /** The limit, and what was used of it. */
  max: z.number(),
  used: z.number(),
  /** At the end of the period at the present rate, and when the limit is reached then. */
  expected: z.number(),
  reachedAt: z.optional(z.number()),
  /** `pending` until the event was published. */
  state: z.enum(["pending", "sent"]),
  /** The region that sends it, and since when, in milliseconds since 1970. */
  region: z.string(),
  claimedAt: z.number(),
});

export type UsageNotice = z.output<typeof usageNotice>;

/**
 * Identifies a notice: there is at most one of a limit, a kind and a period, unless the owner
 * changes the number of the limit.
 */
export type NoticeKey = Pick<UsageNotice, "fleet" | "limit" | "kind" | "from" | "max">;

/**
 * The notices of all regions. Writes go to the first region of the deployment that responds, in the
 * same order from every region, so that regions do not decide about a notice separately.
 */
export interface UsageNotices {
  /**
   * Stores a notice unless there is one of its key. Returns the stored one; `undefined` if it is
   * new.
   */
  add(notice: UsageNotice): Promise<UsageNotice | undefined>;
  /**
   * Takes a pending notice over from its region. Returns `false` if another region did, or if it
   * was sent.
   */
  takeOver(before: UsageNotice, by: { region: string; now: number }): Promise<boolean>;
  /** Records that a notice was sent. */
  markSent(key: NoticeKey): Promise<void>;
  /** The latest notices of a fleet, newest first. */
  list(fleet: string, max: number): Promise<UsageNotice[]>;
}
