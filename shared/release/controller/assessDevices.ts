import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { type HeartbeatProfile, overdueAt } from "../../presence/recovery/heartbeatProfile.ts";
import { overdueFactor, wakeSlackMs } from "../../presence/recovery/limits.ts";
import { controlledAtOnceMax } from "../limits.ts";
import { assess, isCausedByOutage, type Verdict } from "../model/assess.ts";
import { attemptsOf } from "../model/attempt.ts";
import type { Former, Observations } from "../model/progress.ts";
import type { Release } from "../model/release.ts";
import { observe } from "../situation.ts";
import { type Census, type CensusDevice, withObservation } from "./census.ts";
import type { ControllerDeps } from "./deps.ts";
import type { Place } from "./place.ts";

/** A device that this region works on. */
export interface PlacedDevice extends CensusDevice {
  readonly place: Place;
  readonly profile: HeartbeatProfile | undefined;
}

type Deps = Pick<ControllerDeps, "progress" | "evidence" | "region" | "now" | "onError">;

/** Whether a device is to be assessed: it works on the update, or was offered it. */
export const isUnderWay = ({ status, seen }: CensusDevice): boolean => {
  if (status.state === "downloading") return true;
  if (status.state === "failed") return isReturning({ status, seen });
  const { offeredAt, failed } = attemptsOf(seen);
  const isOpen = status.state === "waiting" || status.state === "held";
  const answeredAt = Math.max(failed?.at ?? -1, seen.deferred?.at ?? -1, seen.vetoed?.at ?? -1);
  return isOpen && offeredAt !== undefined && offeredAt > answeredAt;
};

/** Whether a device that failed for this reason may turn out to be healthy later. */
export const mayReturn = (why: string): boolean => why === "silent" || why === "stopped_publishing";

/** A device that was found silent, and has sent a hello with the new image since. */
const isReturning = ({ status, seen }: Pick<CensusDevice, "status" | "seen">): boolean =>
  status.state === "failed" &&
  mayReturn(status.why) &&
  (seen.seen?.release?.last ?? -1) >= (seen.seen?.other?.last ?? -1) &&
  seen.seen?.release !== undefined;

/** Whether devices without the update fail too, and when they last did. */
export interface Outage {
  readonly isNow: boolean;
  readonly lastAt: number | undefined;
}

/**
 * Assesses the devices of this region that are under way, and records what they were like before.
 * While devices without the update fail too (an outage), silence is no evidence. Returns the
 * devices that have changed.
 */
export const assessDevices = async (
  census: Census,
  placed: readonly PlacedDevice[],
  outage: Outage,
  deps: Deps,
): Promise<Map<string, CensusDevice>> => {
  const changed = new Map<string, CensusDevice>();
  await mapConcurrently(placed, controlledAtOnceMax, async (one) => {
    try {
      const observation = await observationOf(census.release, one, outage, deps);
      if (observation === undefined) return;
      const { enrolment, seen } = one;
      const rows = await deps.progress.of(census.release.id, enrolment.device);
      const before = { ...census, enrolment, seen, rows, now: deps.now() };
      const after = await observe(before, observation, deps);
      changed.set(enrolment.device, withObservation(census, one, after.seen));
    } catch (error) {
      deps.onError("assessing a device failed", error);
    }
  });
  return changed;
};

const observationOf = async (
  release: Release,
  one: PlacedDevice,
  outage: Outage,
  deps: Deps,
): Promise<Observations | undefined> => {
  const { seen, place, profile } = one;
  const at = deps.now();
  // It is read after the offer, and before the device is back: an update takes longer than a run.
  const isBack = seen.seen?.release !== undefined;
  const former =
    seen.former === undefined && !isBack
      ? formerOf(profile, wakeMsOf(place), { returnMs: release.returnMs, at })
      : undefined;
  const known = { ...one, seen: { ...seen, ...(former && { former }) } };
  const verdict = await verdictOf(release, known, outage.lastAt, deps);
  const isKept = outage.isNow && isCausedByOutage(verdict);
  const found = isKept ? undefined : resultOf(verdict, one, at);
  return former === undefined && found === undefined
    ? undefined
    : { ...found, ...(former && { former }) };
};

const verdictOf = async (
  release: Release,
  { enrolment, seen, place, profile }: PlacedDevice,
  outageAt: number | undefined,
  { evidence, now }: Deps,
): Promise<Verdict> => {
  const backAt = seen.seen?.release?.first;
  const isBack = backAt !== undefined;
  const known = {
    seen,
    returnMs: release.returnMs,
    isConnected: place.isConnected,
    aliveAt: Math.max(place.aliveAt, profile?.last ?? 0),
    publishedAt: profile?.last,
    outageAt,
    now: now(),
  };
  const first = assess(known);
  // The rest is read only when everything else is well.
  if (first.kind !== "healthy" || !isBack) return first;
  const { device } = enrolment;
  const [calls, hasWorseVitals] = await Promise.all([
    evidence.calls(release.fleet, device, backAt),
    evidence.hasWorseVitals(release.fleet, device, backAt),
  ]);
  return assess({ ...known, calls, hasWorseVitals });
};

const resultOf = (
  verdict: Verdict,
  { status }: CensusDevice,
  at: number,
): Observations | undefined => {
  switch (verdict.kind) {
    case "pending":
      return undefined;
    case "healthy":
      return { assessed: { at } };
    case "harmed":
      return status.state === "failed" ? undefined : { assessed: { at, harm: verdict.harm } };
    case "stalled":
      return { failures: [{ at, error: "other", message: "no progress" }] };
  }
};

/** The wake interval of a device, in milliseconds; 0 for one that does not sleep. */
export const wakeMsOf = ({ session }: Place): number => (session?.hello?.wake ?? 0) * 1_000;

/** What a device is like before its update. A wake interval makes it patient: it sleeps. */
export const formerOf = (
  profile: HeartbeatProfile | undefined,
  wakeMs: number,
  { returnMs, at }: { returnMs: number; at: number },
): Former => {
  const asleepMs = wakeMs > 0 ? Math.max(overdueFactor * wakeMs, wakeMs + wakeSlackMs) : 0;
  if (profile === undefined) {
    return {
      at,
      patienceMs: Math.max(asleepMs, returnMs),
      intervalMs: wakeMs,
      publishes: false,
    };
  }
  const wake = wakeMs > 0 ? wakeMs : profile.wake;
  const overdueMs = overdueAt({ ...profile, ...(wake !== undefined && { wake }) }) - profile.last;
  return {
    at,
    patienceMs: Math.max(asleepMs, Number.isFinite(overdueMs) ? overdueMs : returnMs),
    intervalMs: Math.max(profile.longest, profile.before, wake ?? 0),
    publishes: profile.last > profile.first,
  };
};
