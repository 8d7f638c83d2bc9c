import * as z from "zod/mini";
import { omitUndefined } from "../platform/omitUndefined.ts";
import {
  disabledAfterMs,
  failingAttemptsMin,
  failingGapMsMax,
  failingHoursMin,
  failingNoticePercents,
  slowLaneMs,
  targetHealthWriteMs,
} from "./limits.ts";
import { recovery } from "./slowStart.ts";

const time = z.number().check(z.nonnegative());

/**
 * Health of an integration whose attempts fail or are slow, in one region. Times are in
 * milliseconds since 1970.
 */
export const targetHealth = z.object({
  integration: z.string().check(z.minLength(1)),
  /** Start of the current series of failures. Absent after a success. */
  since: z.optional(time),
  /** Number of different hours with failures since then. */
  hours: z.int().check(z.nonnegative()),
  /** When failures were last counted. */
  countedAt: time,
  /** Percentage of the time until it is disabled of which its owner was notified. */
  told: z.int().check(z.nonnegative()),
  /** Its circuit is open until this time. */
  openUntil: z.optional(time),
  /** Set when its circuit closes: all workers start slowly, also later ones. */
  recovery: z.optional(recovery),
  /** Its deliveries use the slow lane until this time. */
  slowUntil: z.optional(time),
  /** Incremented by each write. */
  revision: z.int().check(z.nonnegative()),
});

export type TargetHealth = z.output<typeof targetHealth>;

interface FailedAttempt {
  readonly integration: string;
  /** When its owner last enabled it again. */
  readonly enabledAt?: number | undefined;
  /** Number of attempts of the delivery. */
  readonly attempts: number;
  /** Set if this attempt opened the circuit: until when it stays open. */
  readonly openUntil?: number | undefined;
  readonly now: number;
}

/**
 * Returns the health to store after a failed attempt, and the percentage to notify the owner of;
 * `undefined` if there is nothing to store. Transient failures are not stored, persistent ones at
 * most once per `targetHealthWriteMs`.
 */
export const afterFailure = (
  before: TargetHealth | undefined,
  { integration, enabledAt, attempts, openUntil, now }: FailedAttempt,
): { next: TargetHealth; notifyPercent?: number } | undefined => {
  const known = before && countedSoFar(before, { enabledAt, now });
  const opens = openUntil !== undefined && openUntil > (known?.openUntil ?? 0);
  const counts =
    (known === undefined || now - known.countedAt >= targetHealthWriteMs) &&
    (known?.since !== undefined || attempts >= failingAttemptsMin || opens);
  const since = known?.since ?? (counts ? now : undefined);
  const hours = (known?.hours ?? 0) + (counts ? 1 : 0);
  const notifyPercent = duePercent({ since, hours, told: known?.told ?? 0 }, now);
  if (!opens && !counts && notifyPercent === undefined) return undefined;
  const next: TargetHealth = {
    ...known,
    integration,
    since,
    hours,
    countedAt: counts || known === undefined ? now : known.countedAt,
    told: notifyPercent ?? known?.told ?? 0,
    openUntil: opens ? openUntil : known?.openUntil,
    recovery: opens ? undefined : known?.recovery,
    revision: (known?.revision ?? 0) + 1,
  };
  return { next, ...omitUndefined({ notifyPercent }) };
};

/**
 * Resets the count after a long time without counted failures, and if the owner has enabled the
 * integration since.
 */
export const countedSoFar = (
  known: TargetHealth,
  { enabledAt = 0, now }: Pick<FailedAttempt, "enabledAt" | "now">,
): TargetHealth => {
  const { since = now, countedAt } = known;
  return since < enabledAt || now - countedAt > failingGapMsMax
    ? { ...known, since: undefined, hours: 0, told: 0, countedAt: 0 }
    : known;
};

/** Returns the health to store after a success; `undefined` in the usual case. */
export const afterSuccess = (
  known: TargetHealth | undefined,
  now: number,
): TargetHealth | undefined => {
  if (known === undefined) return undefined;
  const { since, openUntil, revision } = known;
  if (since === undefined && openUntil === undefined) return undefined;
  const outageMs = Math.max(0, now - (since ?? now));
  return {
    ...known,
    since: undefined,
    openUntil: undefined,
    recovery: openUntil === undefined ? known.recovery : { recoveredAt: now, outageMs },
    hours: 0,
    told: 0,
    revision: revision + 1,
  };
};

/**
 * Returns the health to store while an attempt is slow; `undefined` if that was stored recently.
 */
export const afterSlowness = (
  known: TargetHealth | undefined,
  { integration, now }: Pick<FailedAttempt, "integration" | "now">,
): TargetHealth | undefined =>
  (known?.slowUntil ?? 0) > now + slowLaneMs / 2
    ? undefined
    : {
        ...(known ?? { integration, hours: 0, countedAt: 0, told: 0 }),
        slowUntil: now + slowLaneMs,
        revision: (known?.revision ?? 0) + 1,
      };

/** Returns the highest percentage that has passed and of which the owner was not notified. */
const duePercent = (
  { since, hours, told }: { since: number | undefined; hours: number; told: number },
  now: number,
): number | undefined => {
  if (since === undefined || hours < failingHoursMin) return undefined;
  const passed = ((now - since) / disabledAfterMs) * 100;
  return failingNoticePercents.findLast((percent) => percent <= passed && percent > told);
};

/** Stores target health of this region. */
export interface TargetHealthStore {
  /** Returns `false` if its revision is not the next one: another worker wrote it. */
  put(fleet: string, targetHealth: TargetHealth): Promise<boolean>;
}
