import {
  activityLagMs,
  attemptMsMax,
  attemptPatienceMax,
  callsFailedMin,
  observeMsMax,
  observeMsMin,
  offersKept,
  resetsFailed,
  restartMs,
  stalledMs,
} from "../limits.ts";
import { attemptsOf, latest } from "./attempt.ts";
import { runsRelease } from "./deviceStatus.ts";
import type { Harm, Observations } from "./progress.ts";

/** What is known of a device that was offered an update. Times in milliseconds since 1970. */
export interface Evidence {
  readonly seen: Observations;
  /** The time in which a device without a heartbeat profile must come back. */
  readonly returnMs: number;
  readonly isConnected: boolean;
  /** The last sign of life in any region. */
  readonly aliveAt: number;
  /** When devices without the update last failed too. */
  readonly outageAt?: number | undefined;
  /** The last event that it has published. */
  readonly publishedAt?: number | undefined;
  /** The calls since it is back. */
  readonly calls?: { readonly ok: number; readonly failed: number } | undefined;
  /** Its vitals are clearly worse than before the update. */
  readonly hasWorseVitals?: boolean | undefined;
  readonly now: number;
}

/** `stalled`: the device is connected, and has not gone on with the update for a long time. */
export type Verdict =
  | { readonly kind: "healthy" }
  | { readonly kind: "harmed"; readonly harm: Harm }
  | { readonly kind: "stalled" }
  | { readonly kind: "pending" };

const pending: Verdict = { kind: "pending" };

/**
 * Whether a device is healthy after its update. Silence beyond the interval that it had before
 * is harm. A device that sleeps has a longer interval: it is not silent until that is over.
 */
export const assess = (of: Evidence): Verdict => {
  const { seen, returnMs, isConnected, now, outageAt = 0 } = of;
  // After an outage, a device has its whole patience again.
  const aliveAt = Math.max(of.aliveAt, outageAt);
  const patienceMs = seen.former?.patienceMs ?? returnMs;
  const { offeredAt, activeAt } = attemptsOf(seen);
  const toldAt = latest(offeredAt, activeAt);
  if (toldAt === undefined) return pending;
  const back = seen.seen?.release;
  if (back !== undefined && runsRelease(seen) === true) {
    return assessBack({ ...of, aliveAt, backAt: back.first, patienceMs });
  }
  const pause = seen.restarting?.at === activeAt ? restartMs : 0;
  const silentAt = Math.max(aliveAt, toldAt) + patienceMs + pause;
  if (!isConnected && now >= silentAt) return { kind: "harmed", harm: "silent" };
  // An open connection says nothing about the new image: a hello does.
  const restartedAt = Math.max(restartedAtOf(seen) ?? Number.POSITIVE_INFINITY, outageAt);
  if (isConnected && now >= restartedAt + patienceMs + restartMs + activityLagMs) {
    return { kind: "harmed", harm: "silent" };
  }
  const isStuck = isConnected && isStalled(seen, { patienceMs, outageAt, now });
  return isStuck ? { kind: "stalled" } : pending;
};

/** When a device has restarted into the new image, as it says, and has not gone on since. */
const restartedAtOf = (seen: Observations): number | undefined => {
  const { activeAt, isInProgress } = attemptsOf(seen);
  const { restarting, confirmed, unavailable } = seen;
  const isLast = activeAt === restarting?.at || activeAt === confirmed?.at;
  // It goes on: neither image could connect, or it downloads the image once more.
  const goesOn = unavailable !== undefined && unavailable.at > (activeAt ?? -1);
  if (activeAt === undefined || !isInProgress || !isLast || goesOn) return undefined;
  const isOfAttempt = restarting !== undefined && restarting.at >= begunAt(seen, activeAt);
  return isOfAttempt ? restarting.at : activeAt;
};

/**
 * Whether a device does not go on with an update that it has accepted. What the cloud refuses is
 * not its fault. But no report makes an attempt endless: a device that repeats its download would
 * hold its slot of the window, and the next wave, forever.
 */
const isStalled = (
  seen: Observations,
  { patienceMs, outageAt, now }: { patienceMs: number; outageAt: number; now: number },
): boolean => {
  const { activeAt } = attemptsOf(seen);
  if (activeAt === undefined) return false;
  const lastAt = Math.max(activeAt, seen.unavailable?.at ?? -1);
  const attemptMs = Math.max(attemptMsMax, attemptPatienceMax * patienceMs);
  return (
    now >= lastAt + stalledMs || now >= Math.max(begunAt(seen, activeAt), outageAt) + attemptMs
  );
};

/** When the attempt of a device began: at its first offer since it has stopped. */
const begunAt = (seen: Observations, activeAt: number): number => {
  const { offers = [], deferred, former } = seen;
  const stoppedAt = latest(
    attemptsOf(seen).failed?.at,
    deferred?.at,
    seen.vetoed?.at,
    seen.cancelled?.at,
  );
  const since = offers.filter((at) => at >= (stoppedAt ?? -1));
  const [first] = since;
  if (first === undefined) return latest(stoppedAt, deferred?.until) ?? activeAt;
  // There may have been earlier offers, which are not kept.
  return since.length < offersKept ? first : (stoppedAt ?? former?.at ?? first);
};

/** A device that is back with the new image. */
const assessBack = ({
  seen,
  returnMs,
  isConnected,
  aliveAt,
  publishedAt = -1,
  calls,
  hasWorseVitals,
  outageAt = 0,
  now,
  backAt,
  patienceMs,
}: Evidence & { readonly backAt: number; readonly patienceMs: number }): Verdict => {
  const harmed = (harm: Harm): Verdict => ({ kind: "harmed", harm });
  const resets = (seen.resets ?? []).filter((at) => at >= backAt).length;
  if (resets >= resetsFailed) return harmed("resets");
  if (!isConnected && now >= Math.max(aliveAt, backAt) + patienceMs) return harmed("silent");
  if (calls !== undefined && calls.ok === 0 && calls.failed >= callsFailedMin) {
    return harmed("calls_fail");
  }
  const { intervalMs = 0, publishes = false } = seen.former ?? {};
  const observeMs = Math.min(Math.max(intervalMs, Math.min(observeMsMin, returnMs)), observeMsMax);
  const mustPublish = publishes && publishedAt < backAt;
  // An event is known later than a connection: without this time, healthy devices would be harmed.
  if (mustPublish && now >= Math.max(backAt, outageAt) + patienceMs + activityLagMs) {
    return harmed("stopped_publishing");
  }
  if (mustPublish || now < backAt + observeMs) return pending;
  return hasWorseVitals === true ? harmed("vitals") : { kind: "healthy" };
};

/** Verdicts that an outage of the cloud would cause too. */
export const isCausedByOutage = (verdict: Verdict): boolean =>
  verdict.kind === "harmed" &&
  (verdict.harm === "silent" ||
    verdict.harm === "stopped_publishing" ||
    verdict.harm === "calls_fail");
