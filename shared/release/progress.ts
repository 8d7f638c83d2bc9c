import type { SendResult } from "../device/deviceLink.ts";
import type { ActiveReleases } from "./activeReleases.ts";
import { admitDevice, freeSlots, hasOrTakesSlot } from "./admitDevice.ts";
import { followsAssignments, isAssigned } from "./isAssigned.ts";
import { hasAnswered, latest } from "./model/attempt.ts";
import { type DeviceStatus, deviceStatus } from "./model/deviceStatus.ts";
import { exclusionOf, type UpdateTraits } from "./model/exclusionOf.ts";
import { type ActionKind, hasMoved, isAffected, mayOffer, nextAction } from "./model/nextAction.ts";
import { observeHello, observeReport, type UpdateHello } from "./model/observe.ts";
import { type Former, joinObservations, type Observations } from "./model/progress.ts";
import type { Release } from "./model/release.ts";
import { isOffering } from "./model/releaseStatus.ts";
import type { UpdateReport } from "./model/updateReport.ts";
import type { PaceRows, ProgressRows } from "./progressRows.ts";
import {
  observe,
  observeIf,
  readSituation,
  type Situation,
  type SituationDeps,
} from "./situation.ts";
import type { ReleasedVersion } from "./targetVersion.ts";

/** The dependencies of the functions that follow a device through a release. */
export interface ProgressDeps extends SituationDeps {
  readonly active: ActiveReleases;
  readonly progress: Pick<ProgressRows, "of" | "put">;
  readonly pace: PaceRows;
  /**
   * The firmware versions of a product, as far as they decide which devices should run them, as
   * they were at this time (milliseconds since 1970) or later.
   */
  readonly released: (product: number, since?: number) => Promise<readonly ReleasedVersion[]>;
  /** The region whose rows are written. */
  readonly region: string;
  /** What a device is like before its update, by its heartbeat profile in this region. */
  readonly former?: (device: string, release: Release) => Promise<Former | undefined>;
}

/** A device of a product. */
export interface UpdatableDevice extends UpdateTraits {
  readonly id: string;
}

/** What a device receives: `release` is the one that it concerns. */
export type UpdateAction =
  | { readonly kind: "nothing" }
  | { readonly kind: Exclude<ActionKind, "nothing">; readonly release: Release };

const nothing: UpdateAction = { kind: "nothing" };

/** A report, and what it has changed. */
export interface Reported {
  readonly release: Release;
  readonly before: DeviceStatus;
  readonly after: DeviceStatus;
  /** `cancel`: the release does not go on, or has no slot left, and the device must stop. */
  readonly action: UpdateAction;
}

/**
 * Records what a device reports about its update. `at`: when the cloud received the report, in
 * milliseconds since 1970. Reports may come repeatedly and in any order. Returns `undefined` for a
 * report about a release that is not active, not for the device, or was not offered to it: it
 * changes nothing. A device that begins after it has lost its slot, for example because it deferred
 * the update, needs a free one: otherwise it receives `cancel_update`, and the release later.
 */
export const reportProgress = async (
  device: UpdatableDevice,
  report: UpdateReport,
  at: number,
  deps: ProgressDeps,
): Promise<Reported | undefined> => {
  const situation = await situationIn(device, report.release, deps);
  // Nothing was offered to the device: what it reports is not true.
  if (situation === undefined || !isAffected(situation)) return undefined;
  const { release } = situation;
  const cancel: UpdateAction = { kind: "cancel", release };
  const before = deviceStatus(situation);
  const observation = observeReport(report, at);
  if (!(await maySay(situation, observation, deps))) {
    const after = await observe(situation, { cancelled: { at } }, deps);
    return { release, before, after: deviceStatus(after), action: cancel };
  }
  const after = await observe(situation, observation, deps);
  const action = nextAction({ ...after, connection: "" });
  return {
    release,
    before,
    after: deviceStatus(after),
    action: action === "cancel" ? cancel : nothing,
  };
};

/** Whether a device has a slot for the update that it says it has begun, or takes one. */
const maySay = async (
  situation: Situation,
  observation: Observations,
  deps: ProgressDeps,
): Promise<boolean> => {
  const { seen, release, enrolment, status } = situation;
  const after = { ...situation, seen: joinObservations(seen, observation) };
  const begins =
    deviceStatus(situation).state !== "downloading" && deviceStatus(after).state === "downloading";
  if (!begins || !isOffering(status) || !hasAnswered(seen, deps.now())) return true;
  return hasOrTakesSlot(release.id, enrolment.device, deps);
};

/**
 * Whether a device that asks for the image of a release gets it: `offer`, or `cancel` if the
 * release does not go on for it, was not offered to it, or has no slot for it.
 */
export const onRequest = async (
  device: UpdatableDevice,
  release: string,
  deps: ProgressDeps,
): Promise<UpdateAction> => {
  const situation = await situationIn(device, release, deps);
  if (situation === undefined) return nothing;
  const kind = (await mayHave(situation, deps)) ? "offer" : "cancel";
  return { kind, release: situation.release };
};

const mayHave = async (situation: Situation, deps: ProgressDeps): Promise<boolean> => {
  const { release, enrolment, seen, status } = situation;
  if (!isAffected(situation) || !isOffering(status)) return false;
  const { state } = deviceStatus(situation);
  if (state !== "waiting") return state === "downloading";
  return !hasAnswered(seen, deps.now()) || hasOrTakesSlot(release.id, enrolment.device, deps);
};

const situationIn = async (
  { id, product }: UpdatableDevice,
  release: string,
  deps: ProgressDeps,
): Promise<Situation | undefined> => {
  if (product === undefined) return undefined;
  const isIt = ({ id: known }: Release): boolean => known === release;
  // The list may be older than the release: what a device says about it must not be lost.
  const found =
    (await deps.active(product)).find(isIt) ?? (await deps.active(product, deps.now())).find(isIt);
  return found && readSituation(found, id, deps);
};

/** A hello that a device has sent on a connection. */
export interface ReceivedHello {
  readonly hello: UpdateHello;
  /** Identifies the connection, for example the broker's session identifier. */
  readonly connection: string;
  /** When the cloud received it, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Records what a hello shows for each active release of the device's product, and returns what the
 * device receives. An `offer` has a slot of the window and is reserved for this connection:
 * `completeOffer` must follow it.
 */
export const onHello = async (
  device: UpdatableDevice,
  received: ReceivedHello,
  deps: ProgressDeps,
): Promise<UpdateAction> => {
  if (device.product === undefined) return nothing;
  const { hello, connection } = received;
  let isCovered = false;
  for (const release of lateLast(await deps.active(device.product))) {
    const before = await readSituation(release, device.id, deps);
    if (before === undefined) continue;
    const after = await recordHello(
      before,
      device,
      received,
      deps,
      isCovered && release.kind === "catch_up",
    );
    const action = nextAction({ ...after, connection, hello });
    if (action === "offer") return takeOffer(after, connection, deps);
    if (action === "rollback") {
      await observe(after, { rollback: { at: deps.now(), connection } }, deps);
    }
    if (action === "cancel") await observe(after, { cancelled: { at: deps.now() } }, deps);
    if (action !== "nothing") return { kind: action, release };
    // A device works on one update at a time.
    const { state } = deviceStatus(after);
    if (state === "downloading") return nothing;
    isCovered ||= state !== "excluded" && state !== "current";
  }
  return nothing;
};

/** What a person has released comes first. */
const lateLast = (active: readonly Release[]): readonly Release[] => [
  ...active.filter(({ kind }) => kind !== "catch_up"),
  ...active.filter(({ kind }) => kind === "catch_up"),
];

/** Adds what a hello shows to the row of this region, and returns the situation after it. */
export const recordHello = async (
  before: Situation,
  device: UpdatableDevice,
  { hello, at }: Pick<ReceivedHello, "hello" | "at">,
  deps: Pick<ProgressDeps, "progress" | "released" | "region">,
  isCovered = false,
): Promise<Situation> => {
  const { release, seen } = before;
  const wanted = { version: release.version, sha256: release.image.sha256 };
  const why =
    exclusionOf(device, hello, release) ??
    (await otherVersionOf(device, release, deps)) ??
    (isCovered || seen.excluded?.why === "superseded" ? "superseded" : undefined);
  const isChanged = why !== (seen.excluded?.why ?? before.enrolment.excluded);
  const observation: Observations = {
    ...observeHello(hello, at, wanted),
    // An update that has begun ends first.
    ...(isChanged && !isAffected(before) && { excluded: { at, ...(why && { why }) } }),
  };
  return observe(before, observation, deps);
};

/** A device may have another version by now, for example by another of its groups. */
const otherVersionOf = async (
  device: UpdatableDevice,
  release: Release,
  { released }: Pick<ProgressDeps, "released">,
): Promise<"other_version" | undefined> => {
  if (!followsAssignments(release.kind)) return undefined;
  const known = await released(release.product, release.createdAt);
  return isAssigned(device, release, known) ? undefined : "other_version";
};

/** Reserves the offer on this connection, if the release has a free slot. */
const takeOffer = async (
  situation: Situation,
  connection: string,
  deps: ProgressDeps,
): Promise<UpdateAction> => {
  const { release, enrolment } = situation;
  // A device that works on the update already has its slot in another region.
  const hasSlot = hasMoved({ ...situation, connection });
  if (!hasSlot && !(await admitDevice(release.id, enrolment.device, deps))) return nothing;
  const known = situation.seen.former;
  const former = known ?? (await deps.former?.(enrolment.device, release));
  const reserved = { at: deps.now(), connection };
  const observation = { reserved, ...(former && { former }) };
  // Of two workers with the same hello, one offers it.
  const isStill = (now: Situation): boolean => mayOffer({ ...now, connection });
  const after = await observeIf(situation, observation, isStill, deps);
  return after === undefined ? nothing : { kind: "offer", release };
};

/**
 * Offers a release to a device that is connected, without a hello: the controller calls it for
 * releases that begin at once. Like `onHello`, it reserves the offer.
 */
export const offerNow = async (
  situation: Situation,
  connection: string,
  deps: ProgressDeps,
): Promise<UpdateAction> =>
  mayOffer({ ...situation, connection }) ? takeOffer(situation, connection, deps) : nothing;

/**
 * Records whether a reserved offer was sent. A device that could not be reached frees its slot, and
 * gets the offer on its next connection. After `unconfirmed` it may have received it.
 */
export const completeOffer = async (
  device: Pick<UpdatableDevice, "id">,
  release: Release,
  { result, connection }: { result: SendResult; connection: string },
  deps: ProgressDeps,
): Promise<void> => {
  const situation = await readSituation(release, device.id, deps);
  if (situation === undefined) return;
  // The time before it was sent: an answer is later.
  const at = situation.seen.reserved?.at ?? deps.now();
  if (result === "confirmed" || result === "unconfirmed") {
    await observe(situation, { offered: { at, connection }, offers: [at] }, deps);
    return;
  }
  const after = await observe(situation, { unsent: { at } }, deps);
  const hasBegun = (latest(after.seen.accepted?.at, after.seen.offers?.at(-1)) ?? -1) >= 0;
  if (!hasBegun) await freeSlots(release.id, new Set([device.id]), deps);
};
