import { type Attempts, attemptsOf, latest, retryAt } from "./attempt.ts";
import type { Enrolment, Exclusion } from "./enrolment.ts";
import type { Harm, Observations } from "./progress.ts";
import type { Release } from "./release.ts";
import type { ReleaseStatus } from "./releaseStatus.ts";
import type { UpdateError } from "./updateReport.ts";
import { isInWindow, nextOpening } from "./updateWindow.ts";

/** The states of a device in a release. A targeted device has exactly one of them. */
export const deviceStates = [
  "current",
  "held",
  "waiting",
  "downloading",
  "installed",
  "failed",
  "excluded",
] as const;

export type DeviceState = (typeof deviceStates)[number];

/** The state of a device, and why. Times in milliseconds since 1970. */
export type DeviceStatus =
  | { readonly state: "current" }
  | {
      readonly state: "held";
      readonly why:
        | "enrolling"
        | "wave"
        | "window"
        | "vetoed"
        | "deferred"
        | "updates_disabled"
        | "halted";
      /** When it may go on, if that is known. */
      readonly until?: number | undefined;
      readonly note?: string | undefined;
    }
  | {
      readonly state: "waiting";
      readonly why: "not_offered" | "offered" | "retry";
      readonly since?: number | undefined;
      readonly until?: number | undefined;
      readonly error?: UpdateError | undefined;
    }
  | {
      readonly state: "downloading";
      readonly why:
        | "accepted"
        | "downloading"
        | "unavailable"
        | "verified"
        | "restarting"
        | "observed";
      readonly since: number;
      readonly offset?: number | undefined;
    }
  | { readonly state: "installed"; readonly since: number }
  | {
      readonly state: "failed";
      readonly why: UpdateError | Harm | "rolled_back";
      readonly since: number;
      readonly note?: string | undefined;
    }
  | { readonly state: "excluded"; readonly why: Exclusion };

/** What decides the state of a device. */
export interface DeviceSituation {
  readonly release: Pick<Release, "window" | "forced">;
  readonly status: ReleaseStatus;
  readonly enrolment: Pick<Enrolment, "wave" | "current" | "excluded">;
  /** Those of all regions, joined. */
  readonly seen: Observations;
  readonly now: number;
}

/** The state of a targeted device: a pure function of the stored rows and of the time. */
export const deviceStatus = (of: DeviceSituation): DeviceStatus => {
  const attempts = attemptsOf(of.seen);
  return (
    unaffected(of, attempts) ??
    settled(of, attempts) ??
    excluded(of.seen.excluded === undefined ? of.enrolment.excluded : of.seen.excluded.why) ??
    inProgress(of, attempts) ??
    excluded(exclusionAfterEnd(of.status)) ??
    held(of) ??
    waiting(of, attempts)
  );
};

/** It had the version before, or has it from elsewhere. */
const unaffected = (
  { enrolment, seen }: DeviceSituation,
  { offeredAt, activeAt }: Attempts,
): DeviceStatus | undefined => {
  const isFromElsewhere =
    offeredAt === undefined && activeAt === undefined && runsRelease(seen) === true;
  return enrolment.current === true || isFromElsewhere ? { state: "current" } : undefined;
};

/** Whether the last hello had the image of the release; `undefined` before the first one. */
export const runsRelease = ({ seen }: Observations): boolean | undefined =>
  seen === undefined ? undefined : (seen.release?.last ?? -1) >= (seen.other?.last ?? -1);

/** Whether the device had the new image, or restarted into it, and is back with another one. */
const wentBackAt = ({ seen, restarting, failures = [] }: Observations): number | undefined => {
  const ran = latest(seen?.release?.last, restarting?.at);
  const back = seen?.other?.last;
  // A device that has failed may have restarted into the former image.
  const isKnown = failures.some(({ at }) => ran !== undefined && at > ran);
  return ran !== undefined && back !== undefined && back > ran && !isKnown ? back : undefined;
};

const settled = (
  { seen, status }: DeviceSituation,
  { isFinal, failed, activeAt = -1 }: Attempts,
): DeviceStatus | undefined => {
  const { assessed } = seen;
  const back = wentBackAt(seen);
  if (back !== undefined && back > (assessed?.harm === undefined ? -1 : assessed.at)) {
    const why = seen.rollback !== undefined || status.rollback !== undefined;
    return { state: "failed", why: why ? "rolled_back" : "reverted", since: back };
  }
  if (assessed !== undefined && assessed.at >= (failed?.at ?? -1)) {
    const { harm, at: since } = assessed;
    return harm === undefined
      ? { state: "installed", since }
      : { state: "failed", why: harm, since };
  }
  if (!isFinal || failed === undefined || activeAt > failed.at) return undefined;
  const { error, message, at } = failed;
  const isBack = status.rollback !== undefined && seen.rollback !== undefined;
  return { state: "failed", why: isBack ? "rolled_back" : error, since: at, note: message };
};

const excluded = (why: Exclusion | undefined): DeviceStatus | undefined =>
  why && { state: "excluded", why };

const exclusionAfterEnd = ({ phase }: ReleaseStatus): Exclusion | undefined => {
  switch (phase) {
    case "cancelled":
    case "superseded":
      return phase;
    case "rolling_back":
    case "rolled_back":
      return "rolled_back";
    default:
      return undefined;
  }
};

const inProgress = (
  { seen }: DeviceSituation,
  { isInProgress, activeAt, failed }: Attempts,
): DeviceStatus | undefined => {
  const ran = seen.seen?.release;
  if (ran !== undefined && runsRelease(seen) && ran.last > (failed?.at ?? -1)) {
    return { state: "downloading", why: "observed", since: ran.first };
  }
  if (!isInProgress || activeAt === undefined) return undefined;
  if ((seen.unavailable?.at ?? -1) > activeAt) {
    return { state: "downloading", why: "unavailable", since: seen.unavailable?.at ?? activeAt };
  }
  const steps = ["confirmed", "restarting", "verified", "downloading", "accepted"] as const;
  const step = steps.find((one) => seen[one]?.at === activeAt) ?? "accepted";
  return {
    state: "downloading",
    why: step === "confirmed" ? "observed" : step,
    since: activeAt,
    ...(step === "downloading" && { offset: seen.downloading?.offset }),
  };
};

const held = ({ release, status, enrolment, seen, now }: DeviceSituation) => {
  const because = (
    why: Extract<DeviceStatus, { state: "held" }>["why"],
    more: { until?: number | undefined; note?: string | undefined } = {},
  ): DeviceStatus => ({ state: "held", why, ...more });
  if (status.phase === "halted") return because("halted");
  if (status.enrolled === undefined) return because("enrolling");
  if (enrolment.wave === undefined) return excluded("no_wave");
  if (!status.waves.has(enrolment.wave)) return because("wave");
  const { vetoed, deferred, updates } = seen;
  if (!release.forced) {
    if (vetoed !== undefined) return because("vetoed", { note: vetoed.reason });
    if (deferred !== undefined && deferred.until > now) {
      return because("deferred", { until: deferred.until, note: deferred.reason });
    }
    if (updates?.enabled === false) return because("updates_disabled");
  }
  const offset = seen.offset?.minutes ?? 0;
  if (release.window !== undefined && !isInWindow(release.window, now, offset)) {
    return because("window", { until: nextOpening(release.window, now, offset) });
  }
  return undefined;
};

const waiting = ({ seen, now }: DeviceSituation, attempts: Attempts): DeviceStatus => {
  const { failed, offeredAt } = attempts;
  if (failed !== undefined && failed.at >= (offeredAt ?? -1)) {
    const until = retryAt(attempts);
    return { state: "waiting", why: "retry", until: Math.max(until, now), error: failed.error };
  }
  if (offeredAt !== undefined && offeredAt > (seen.deferred?.at ?? -1)) {
    return { state: "waiting", why: "offered", since: offeredAt };
  }
  return { state: "waiting", why: "not_offered" };
};
