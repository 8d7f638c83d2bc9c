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

const time = z.number().check(z.nonnegative());

/** What a region knows of an integration whose attempts fail, or take long. Times are in milliseconds since 1970. */
export const targetHealth = z.object({
  integration: z.string().check(z.minLength(1)),
  /** Since when all of them fail; without it one has worked since. */
  since: z.optional(time),
  /** In how many different hours some failed since then. */
  hours: z.int().check(z.nonnegative()),
  /** When that was last counted. */
  countedAt: time,
  /** How much of the time until it is disabled its owner was told to have passed, in percent. */
  told: z.int().check(z.nonnegative()),
  /** Until then its target is left alone. */
  openUntil: z.optional(time),
  /** Until then its deliveries take the slow lane. */
  slowUntil: z.optional(time),
  /** One more each time that it is written. */
  revision: z.int().check(z.nonnegative()),
});

export type TargetHealth = z.output<typeof targetHealth>;

interface FailedAttempt {
  readonly integration: string;
  /** When its owner last enabled it again. */
  readonly enabledAt?: number | undefined;
  /** How many its delivery has had. */
  readonly attempts: number;
  /** Until when the target is to be left alone, when that is news. */
  readonly openUntil?: number | undefined;
  readonly now: number;
}

/**
 * What is to be written after an attempt that failed, and how much its owner is to be told; `undefined` when there is
 * nothing to write. A hiccup is not written down, and what goes on is, at most every `targetHealthWriteMs`.
 */
export const afterFailure = (
  before: TargetHealth | undefined,
  { integration, enabledAt, attempts, openUntil, now }: FailedAttempt,
): { next: TargetHealth; tell?: number } | undefined => {
  const known = before && countedSoFar(before, { enabledAt, now });
  const opens = openUntil !== undefined && openUntil > (known?.openUntil ?? 0);
  const counts =
    (known === undefined || now - known.countedAt >= targetHealthWriteMs) &&
    (known?.since !== undefined || attempts >= failingAttemptsMin || opens);
  const since = known?.since ?? (counts ? now : undefined);
  const hours = (known?.hours ?? 0) + (counts ? 1 : 0);
  const tell = duePercent({ since, hours, told: known?.told ?? 0 }, now);
  if (!opens && !counts && tell === undefined) return undefined;
  const next: TargetHealth = {
    ...known,
    integration,
    since,
    hours,
    countedAt: counts || known === undefined ? now : known.countedAt,
    told: tell ?? known?.told ?? 0,
    openUntil: opens ? openUntil : known?.openUntil,
    revision: (known?.revision ?? 0) + 1,
  };
  return { next, ...omitUndefined({ tell }) };
};

/** The count is at its beginning when nothing was counted for long, and for what failed before its owner enabled it again. */
const countedSoFar = (
  known: TargetHealth,
  { enabledAt = 0, now }: Pick<FailedAttempt, "enabledAt" | "now">,
): TargetHealth => {
  const { since = now, countedAt } = known;
  return since < enabledAt || now - countedAt > failingGapMsMax
    ? { ...known, since: undefined, hours: 0, told: 0, countedAt: 0 }
    : known;
};

/** What is to be written after an attempt that worked; `undefined`, nearly always, when there is nothing to write. */
export const afterSuccess = (known: TargetHealth | undefined): TargetHealth | undefined =>
  known === undefined || (known.since === undefined && known.openUntil === undefined)
    ? undefined
    : {
        ...{ ...known, since: undefined, openUntil: undefined },
        ...{ hours: 0, told: 0, revision: known.revision + 1 },
      };

/** What is to be written while an attempt takes long; `undefined` when that has been written not long ago. */
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

/** The highest part that has passed and that the owner was not told, if any. */
const duePercent = (
  { since, hours, told }: { since: number | undefined; hours: number; told: number },
  now: number,
): number | undefined => {
  if (since === undefined || hours < failingHoursMin) return undefined;
  const passed = ((now - since) / disabledAfterMs) * 100;
  return failingNoticePercents.findLast((percent) => percent <= passed && percent > told);
};

/** What is known of integrations whose attempts fail, in this region. */
export interface TargetHealthStore {
  /** Answers `false` when it is not the next revision: another worker wrote it. */
  put(fleet: string, targetHealth: TargetHealth): Promise<boolean>;
}
