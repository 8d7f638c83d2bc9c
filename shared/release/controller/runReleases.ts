import { dayMs } from "../../platform/durations.ts";
import { catchUpIdleMs, judgedFrom, regionLostMs, releaseDaysMax } from "../limits.ts";
import { type Control, isJudged, isUnhealthy, judge } from "../model/judge.ts";
import { type Pace, windowAfter } from "../model/pace.ts";
import type { ReleaseKey } from "../model/release.ts";
import { createdAtOf } from "../model/release.ts";
import { isEnded } from "../model/releaseStatus.ts";
import { assessDevices, isUnderWay, type Outage, type PlacedDevice } from "./assessDevices.ts";
import { assessmentsOf, type Census, eligibleCount, readCensus } from "./census.ts";
import { readControl } from "./controlGroup.ts";
import type { ControllerDeps } from "./deps.ts";
import { enrolDevices } from "./enrolDevices.ts";
import { byItself, haltRelease } from "./haltRelease.ts";
import { isComplete, nextWave, waveFact } from "./openWaves.ts";
import { type Place, placeOf, workingRegions, workplaceOf } from "./place.ts";
import { recheckDevices } from "./recheckDevices.ts";
import { rollBack } from "./rollBack.ts";
import { allowedHere, holdsSlot, writePace } from "./setPace.ts";
import { tellDevices } from "./tellDevices.ts";

/** What a run has done. */
export interface RunResult {
  readonly releases: number;
  /** Devices that were enrolled, and of which no row exists. */
  readonly missing: number;
}

/**
 * Works on all active releases in one region, until the deadline (milliseconds since 1970). Each
 * run begins with another release. A run that crashes leaves only rows from which the next one goes
 * on.
 */
export const runReleases = async (
  deadline: number,
  environment: ControllerDeps,
): Promise<RunResult> => {
  const deps = { ...environment, responds: onceForEach(environment.responds) };
  const keys = await deps.releases.active();
  const first = keys.length === 0 ? 0 : Math.floor(deps.now() / 60_000) % keys.length;
  let releases = 0;
  let missing = 0;
  for (const key of [...keys.slice(first), ...keys.slice(0, first)]) {
    if (deps.now() >= deadline) break;
    try {
      const result = await runRelease(key, deadline, deps);
      releases += 1;
      missing += result ?? 0;
    } catch (error) {
      deps.onError("working on a release failed", error);
    }
  }
  return { releases, missing };
};

/** A run asks a region once, however many releases it works on. */
const onceForEach = (responds: ControllerDeps["responds"]): ControllerDeps["responds"] => {
  const asked = new Map<string, Promise<boolean>>();
  return (region) => {
    const answer = asked.get(region) ?? responds(region);
    asked.set(region, answer);
    return answer;
  };
};

/** Works on a release, and returns the number of its missing devices. */
const runRelease = async (
  key: ReleaseKey,
  deadline: number,
  deps: ControllerDeps,
): Promise<number | undefined> => {
  const release = await deps.releases.find(key);
  if (release === undefined) {
    // The request that created it has crashed between two writes.
    if (deps.now() > createdAtOf(key.id) + regionLostMs) await deps.releases.end(key);
    return undefined;
  }
  let census = await readCensus(release, deps);
  const isEnrolledByHellos = release.kind === "catch_up";
  if (census.status.enrolled === undefined && !isEnded(census.status) && !isEnrolledByHellos) {
    if (!(await enrolDevices(release, deps))) return undefined;
    census = await readCensus(release, deps);
  }
  await deps.copyImage(release);
  const scene = await readScene(census, deps);
  const changed = await assessDevices(census, scene.placed, scene.outage, deps);
  const after = { ...census, devices: new Map([...census.devices, ...changed]) };
  const hasHalted = await decide(after, scene, deps);
  const decided = hasHalted ? await readCensus(release, deps) : after;
  await goOn(decided, { deadline, isDegraded: scene.isDegraded }, deps);
  const targeted = decided.status.enrolled?.targeted ?? 0;
  return Math.max(0, targeted - decided.devices.size);
};

/** Where the devices of a release are, and which regions work. */
interface Scene {
  readonly paces: readonly Pace[];
  readonly working: readonly string[];
  readonly control: Control;
  readonly outage: Outage;
  /** The broker of this region does not respond. */
  readonly isDegraded: boolean;
  /** The devices under way that this region works on. */
  readonly placed: readonly PlacedDevice[];
  readonly places: ReadonlyMap<string, Place>;
}

const readScene = async (census: Census, deps: ControllerDeps): Promise<Scene> => {
  const { release, devices } = census;
  const paces = await deps.pace.list(release.id);
  const since = census.status.enrolled?.at ?? release.createdAt;
  const ownPace = paces.find(({ region }) => region === deps.region);
  // A region that did not run for a while waits for the others: they may have stopped with it.
  const hasStopped = ownPace !== undefined && ownPace.at < deps.now() - regionLostMs / 2;
  const all = hasStopped ? [...deps.regions] : await workingRegions(deps, paces, since, deps);
  const lost = new Map(
    deps.regions
      .filter((region) => !all.includes(region))
      .map((region) => [region, paces.find((one) => one.region === region)?.at ?? since]),
  );
  const own = ownPace?.admitted ?? [];
  const ids = new Set([
    ...[...devices].flatMap(([id, one]) => (isUnderWay(one) ? [id] : [])),
    ...own.map(({ device }) => device),
  ]);
  const sessions = await deps.sessions.list([...ids]);
  const ofDevice = Map.groupBy(sessions, ({ device }) => device);
  const places = new Map(
    [...ids].map((id) => [id, placeOf(ofDevice.get(id) ?? [], lost)] as const),
  );
  const mine = [...places].filter(([, place]) => workplaceOf(place, all) === deps.region);
  const profiles = await deps.evidence.profiles(mine.map(([id]) => id));
  const placed = mine.flatMap(([id, place]) => {
    const one = devices.get(id);
    const isWanted = one !== undefined && isUnderWay(one);
    return isWanted ? [{ ...one, place, profile: profiles.get(id) }] : [];
  });
  const control = await readControl(census, lost, deps);
  const isDegraded = !(await deps.responds(deps.region));
  const isNow = isDegraded || isUnhealthy(control);
  const outage = { isNow, lastAt: isNow ? deps.now() : ownPace?.outageAt };
  return { paces, working: all, control, outage, isDegraded, placed, places };
};

/** Judges the release, and sets the slots of this region. Returns whether it has halted. */
const decide = async (census: Census, scene: Scene, deps: ControllerDeps): Promise<boolean> => {
  const { release, status } = census;
  const assessments = assessmentsOf(census);
  // Further late devices come: one failure is not all of them.
  const eligible = Math.max(eligibleCount(census), release.kind === "catch_up" ? judgedFrom : 0);
  const own = scene.paces.find(({ region }) => region === deps.region);
  const isBlocked = isFullOfFailures(census, own);
  const judgement = judge({
    failures: release.failures,
    assessments,
    eligible: isBlocked ? Math.min(eligible, assessments.length) : eligible,
    control: scene.control,
    isDegraded: scene.isDegraded,
  });
  const isRunning = status.phase === "running";
  const isHalted = isRunning && judgement.kind === "halt" && release.kind !== "flash";
  if (isHalted) {
    deps.notices.page(release);
    await haltRelease(release, byItself(judgement.reason), deps);
    const failed = assessments.filter(({ isHealthy }) => !isHealthy).length;
    await deps.notices.halted(release, { reason: judgement.reason, failed });
  }
  const isStopped = isHalted || !isRunning;
  const refusal = isStopped ? undefined : await deps.imageRefusal(release);
  await setSlots(
    census,
    scene,
    {
      window: isStopped ? 0 : windowAfter(assessments),
      isJudged: isJudged(assessments.length, eligible),
      pauseReason: judgement.kind === "pause" ? judgement.reason : refusal,
    },
    deps,
  );
  return isHalted;
};

/** Whether every slot of this region is held by a device that has failed. */
const isFullOfFailures = ({ devices }: Census, pace: Pace | undefined): boolean =>
  pace !== undefined &&
  pace.allowed > 0 &&
  pace.admitted.length >= pace.allowed &&
  pace.admitted.every(({ device }) => devices.get(device)?.status.state === "failed");

interface Pacing {
  readonly window: number;
  readonly isJudged: boolean;
  readonly pauseReason: string | undefined;
}

const setSlots = async (
  { release, status, devices, now }: Census,
  { paces, working, places, outage }: Scene,
  { window, isJudged: isEnough, pauseReason }: Pacing,
  deps: ControllerDeps,
): Promise<void> => {
  const holds = (one: Pace["admitted"][number]): boolean => {
    const place = places.get(one.device);
    const isConnected = place?.isConnected ?? false;
    return holdsSlot({
      device: devices.get(one.device),
      admittedAt: one.at,
      aliveAt: isConnected ? Number.POSITIVE_INFINITY : (place?.aliveAt ?? 0),
      isJudged: isEnough,
      now,
    });
  };
  const own = paces.find(({ region }) => region === deps.region);
  const freed = new Map(
    (own?.admitted ?? []).flatMap((one) => (holds(one) ? [] : [[one.device, one.at] as const])),
  );
  const admittedHere = new Set(own?.admitted.map(({ device }) => device));
  const elsewhere = paces.filter(({ region }) => !working.includes(region));
  const allowed = allowedHere({
    window,
    heldElsewhere: elsewhere
      .flatMap(({ admitted }) => admitted)
      .filter((one) => !admittedHere.has(one.device) && holds(one)).length,
    places: status.enrolled?.places ?? {},
    working,
    region: deps.region,
  });
  const paused = pauseReason === undefined ? undefined : { at: now, reason: pauseReason };
  await writePace(release.id, { allowed, paused, freed, outageAt: outage.lastAt }, deps);
};

/**
 * Opens waves, tells devices, and ends the release. In a degraded region it does not complete: its
 * last devices are not judged yet.
 */
const goOn = async (
  census: Census,
  { deadline, isDegraded }: { readonly deadline: number } & Pick<Scene, "isDegraded">,
  deps: ControllerDeps,
): Promise<void> => {
  const { release, status } = census;
  const where = { region: deps.region, at: deps.now() };
  const wave = nextWave(census);
  if (wave !== undefined) await deps.facts.add(waveFact(release.id, wave, where));
  const current = wave === undefined ? census : await readCensus(release, deps);
  await rollBack(current, deps);
  await recheckDevices(current, deps);
  await tellDevices(current, deadline, deps);
  if (release.kind === "catch_up" && !isEnded(status) && status.rollback === undefined) {
    // It never completes: it is active again when a late device comes.
    if (isIdle(current)) await deps.releases.end(release);
    return;
  }
  const isOld = deps.now() > release.createdAt + releaseDaysMax * dayMs;
  const hasCompleted = status.phase === "completed" || status.phase === "rolled_back";
  const isDone = isComplete(current) && !isDegraded;
  if (!hasCompleted && (isDone || (isOld && status.phase !== "halted"))) {
    const kind = status.rollback === undefined ? "completed" : "rolled_back";
    await deps.facts.add({ release: release.id, ...where, kind });
  } else if (isEnded(status) && ![...current.devices.values()].some(isUnderWay)) {
    await deps.releases.end(release);
  }
};

/**
 * Whether a release for late devices has none left, and none that another region has just enrolled.
 * If it misses one, the next hello of that device makes the release active again.
 */
const isIdle = (census: Census): boolean => {
  const { release, status, devices, now } = census;
  if (status.phase === "halted") return false;
  const enrolledAt = [...devices.values()].map(({ enrolment }) => enrolment.at);
  const lastAt = Math.max(status.enrolled?.at ?? release.createdAt, ...enrolledAt);
  return now >= lastAt + catchUpIdleMs && (devices.size === 0 || isComplete(census));
};
