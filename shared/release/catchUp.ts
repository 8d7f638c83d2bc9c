import { findReleasable, type ReleasableDeps } from "../firmware/releasable.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { Failure } from "../platform/failure.ts";
import { newRelease } from "./createRelease.ts";
import type { Enrolments } from "./enrolments.ts";
import { isCovered } from "./isCovered.ts";
import type { ReadKnownVersions } from "./knownVersions.ts";
import { type LateTarget, lateTarget } from "./lateTarget.ts";
import {
  caughtUpDevicesMax,
  enrolledAgainMs,
  failureCountDefault,
  failurePercentDefault,
  knownVersionsBurstMs,
  leftAloneMs,
  returnSecondsDefault,
} from "./limits.ts";
import { deviceStatus } from "./model/deviceStatus.ts";
import type { UpdateTraits } from "./model/exclusionOf.ts";
import { exclusionOf } from "./model/exclusionOf.ts";
import { automatic } from "./model/fact.ts";
import { isAffected } from "./model/nextAction.ts";
import { runsImage, type UpdateHello } from "./model/observe.ts";
import type { Release } from "./model/release.ts";
import { foldFacts, type ReleaseStatus } from "./model/releaseStatus.ts";
import { type ProgressDeps, recordHello } from "./progress.ts";
import type { RecentReleases } from "./recentReleases.ts";
import type { ReleaseFacts } from "./releaseFacts.ts";
import type { Releases } from "./releases.ts";
import { readSituation } from "./situation.ts";

/** The dependencies of `createCatchUp`. */
export interface CatchUpDeps extends ProgressDeps, Omit<ReleasableDeps, "now"> {
  readonly known: ReadKnownVersions;
  readonly recent: RecentReleases;
  readonly releases: Pick<Releases, "add" | "find" | "activate">;
  readonly facts: Pick<ReleaseFacts, "list" | "add">;
  readonly enrolments: Pick<Enrolments, "find" | "put">;
  /** The regions of the deployment. */
  readonly regions: readonly string[];
}

interface LateDevice extends UpdateTraits {
  readonly id: string;
  readonly fleet: string;
}

interface Received {
  readonly hello: UpdateHello;
  /** When the cloud received it, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Brings a late device up to date: one that came to its product or group, or was unlocked, after
 * the release of the version that it should run. It is enrolled in the standing release of kind
 * `catch_up` of this version, which paces, assesses and halts like any other. A device that has
 * failed with the version, and a version that was halted, rolled back or cancelled, is skipped.
 *
 * Call it when a hello has led to no action. Idempotent: a crash at any point is repaired by the
 * redelivered hello or the next one. Two regions write the same rows.
 */
export type CatchUp = (device: LateDevice, received: Received) => Promise<void>;

/** A worker looks at a device again after `leftAloneMs`, or `enrolledAgainMs`. */
export const createCatchUp = (deps: CatchUpDeps): CatchUp => {
  const asked = new BoundedMap<string, number>(caughtUpDevicesMax);
  return async (device, received) => {
    const { product } = device;
    if (product === undefined) return;
    const now = deps.now();
    const late = lateTarget(device, received.hello, await deps.known(product));
    if (late === undefined) return;
    const key = `${device.id} ${late.version} ${late.at}`;
    if ((asked.get(key) ?? 0) > now) return;
    const since = now - knownVersionsBurstMs;
    const target = lateTarget(device, received.hello, await deps.known(product, since));
    if (target === undefined) return;
    const isIn = await enrol({ ...device, product }, received, target, deps);
    asked.set(key, now + (isIn ? enrolledAgainMs : leftAloneMs));
  };
};

interface ProductDevice extends LateDevice {
  readonly product: number;
}

/** Returns whether the device is in the release of its version, and not at its end. */
const enrol = async (
  device: ProductDevice,
  received: Received,
  target: LateTarget,
  deps: CatchUpDeps,
): Promise<boolean> => {
  const { product } = device;
  const id = catchUpId(target);
  const active = await deps.active(product);
  const { releases: recent, since } = await deps.recent(product);
  const others = distinct([...active, ...recent]).filter((one) => one.id !== id);
  // Earlier decisions are not known: a person has to make a release.
  if (since > target.at) return false;
  if (wasChosen(device, received.hello, target, others)) return false;
  if (await isStopped(target, others, deps)) return false;
  for (const one of active) {
    if (await isCovered(device, one, deps)) return false;
  }
  for (const one of others) {
    if (one.version === target.version && (await hasTried(device.id, one, deps))) return false;
  }
  return goOn(device, received, { ...target, id }, deps);
};

/** The same for every region. It sorts by the time at which the version was assigned. */
const catchUpId = ({ version, at }: LateTarget): string =>
  `${at.toString(36).padStart(9, "0")}late${version}`;

const distinct = (releases: readonly Release[]): Release[] => [
  ...new Map(releases.map((one) => [one.id, one])).values(),
];

/** Whether the device runs what a person has released since, by a route that assigns no version. */
const wasChosen = (
  { desiredFirmware }: LateDevice,
  hello: UpdateHello,
  target: LateTarget,
  releases: readonly Release[],
): boolean =>
  desiredFirmware === undefined &&
  releases.some(
    ({ kind, version, image, createdAt }) =>
      kind !== "particle" &&
      kind !== "catch_up" &&
      createdAt > target.at &&
      runsImage(hello, { version, sha256: image.sha256 }),
  );

/** Whether the version was stopped since it was assigned: it never spreads by itself. */
const isStopped = async (
  { version, at }: LateTarget,
  releases: readonly Release[],
  { facts }: CatchUpDeps,
): Promise<boolean> => {
  for (const { id, kind, version: own } of releases) {
    if (own !== version || kind === "flash") continue;
    const status = foldFacts(await facts.list(id));
    const { phase, halts, rollback, ended } = status;
    if (phase === "halted" || phase === "rolling_back") return true;
    const decided = [...halts, ...(rollback ? [rollback] : [])].map((one) => one.at);
    if (ended?.kind === "cancelled") decided.push(ended.at);
    if (decided.some((when) => when >= at)) return true;
  }
  return false;
};

/** Whether the device was offered the version by a release, and did not prove healthy with it. */
const hasTried = async (device: string, release: Release, deps: CatchUpDeps): Promise<boolean> => {
  const situation = await readSituation(release, device, deps);
  if (situation === undefined) return false;
  const { state } = deviceStatus(situation);
  return state === "failed" || (isAffected(situation) && state !== "installed");
};

const goOn = async (
  device: ProductDevice,
  received: Received,
  target: LateTarget & { readonly id: string },
  deps: CatchUpDeps,
): Promise<boolean> => {
  const release = await findCatchUp(device, target, deps);
  if (release === undefined) return false;
  const status = await open(release, deps);
  if (status.phase !== "running") return false;
  const before = await readSituation(release, device.id, deps);
  if (before === undefined) {
    const { firmware, image } = received.hello;
    const excluded = exclusionOf(device, received.hello, release);
    const former = {
      ...(firmware !== undefined && { version: firmware }),
      ...(image !== undefined && { sha256: image }),
    };
    const row = { release: release.id, device: device.id, wave: 0, at: received.at };
    await deps.enrolments.put([{ ...row, before: former, ...(excluded && { excluded }) }]);
    if (excluded !== undefined) return false;
  } else {
    const { state } = deviceStatus(await recordHello(before, device, received, deps));
    if (state === "failed" || state === "installed" || state === "excluded") return false;
  }
  const active = await deps.active(device.product);
  if (!active.some(({ id }) => id === release.id)) await deps.releases.activate(release);
  return true;
};

/** Finds the release for late devices of a version, or makes it. */
const findCatchUp = async (
  { product, fleet }: ProductDevice,
  { id, version, at }: LateTarget & { readonly id: string },
  deps: CatchUpDeps,
): Promise<Release | undefined> => {
  const found = await deps.releases.find({ product, id });
  if (found !== undefined) return found;
  let made: Release;
  try {
    const firmware = await findReleasable({ product, version }, deps);
    const of = { firmware, product: { id: product, fleet }, by: automatic } as const;
    // Every region makes the same one.
    const [region = deps.region] = deps.regions.toSorted();
    const draft = newRelease(choice(version), { ...of, kind: "catch_up" }, deps);
    made = { ...draft, id, createdAt: at, region };
  } catch (error) {
    // Devices would refuse the version.
    if (error instanceof Failure && error.code !== "unavailable") return undefined;
    throw error;
  }
  await deps.releases.add(made);
  return made;
};

const choice = (version: number) => ({
  version,
  to: { all: true } as const,
  waves: [{ percent: 100, soakMs: 0 }],
  failures: { count: failureCountDefault, percent: failurePercentDefault },
  returnMs: returnSecondsDefault * 1_000,
  forced: false,
  immediate: false,
  rollback: "none" as const,
});

/** Its only wave is open from the beginning; its devices are enrolled one by one. */
const open = async ({ id }: Release, deps: CatchUpDeps): Promise<ReleaseStatus> => {
  const status = foldFacts(await deps.facts.list(id));
  if (status.enrolled !== undefined && status.waves.has(0)) return status;
  const common = { release: id, region: deps.region, at: deps.now() };
  await deps.facts.add({ ...common, kind: "wave", wave: 0 });
  await deps.facts.add({ ...common, kind: "enrolled", targeted: 0, places: {} });
  return foldFacts(await deps.facts.list(id));
};
