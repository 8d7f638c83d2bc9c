import { followsAssignments, isAssigned } from "../isAssigned.ts";
import { isCovered } from "../isCovered.ts";
import { recheckedDevicesMax } from "../limits.ts";
import { exclusionOf, type UpdateTraits } from "../model/exclusionOf.ts";
import { isAffected } from "../model/nextAction.ts";
import type { Release } from "../model/release.ts";
import { observe } from "../situation.ts";
import type { Census, CensusDevice } from "./census.ts";
import type { ControllerDeps } from "./deps.ts";

type Deps = Pick<
  ControllerDeps,
  | "active"
  | "devices"
  | "enrolments"
  | "facts"
  | "quarantined"
  | "released"
  | "progress"
  | "region"
  | "now"
  | "onError"
>;

/**
 * Reads the rows of devices that are not updated yet again: they may be locked, in quarantine or in
 * another product by now, and send no hello. A device that works on the update ends it first,
 * unless it has left the product: nothing more is known of it then. Each run takes other devices.
 */
export const recheckDevices = async (census: Census, deps: Deps): Promise<void> => {
  const { release, status } = census;
  if (status.phase !== "running") return;
  const open = [...census.devices.values()].filter((one) => isOpen(one) || isWorking(one));
  const found = slice(open, Math.floor(deps.now() / 60_000));
  const ids = found.map(({ enrolment }) => enrolment.device);
  const [rows, quarantined] = await Promise.all([
    deps.devices.findMany(ids),
    deps.quarantined(ids),
  ]);
  const released = followsAssignments(release.kind) ? await deps.released(release.product) : [];
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const one of found) {
    const { enrolment, seen } = one;
    const device = byId.get(enrolment.device);
    const why = quarantined.has(enrolment.device)
      ? "quarantined"
      : (exclusionOf(device ?? {}, undefined, release) ??
        (isAssigned(device ?? {}, release, released) ? undefined : "other_version") ??
        ((await isTaken(enrolment.device, device, release, deps)) ? "superseded" : undefined));
    const known = seen.excluded === undefined ? enrolment.excluded : seen.excluded.why;
    if (isAffected(one) && why !== "left_product" && known !== "left_product") continue;
    // What a hello shows, only a hello can end.
    if (why === known || (why === undefined && isByHello(known))) continue;
    const rowsOf = await deps.progress.of(release.id, enrolment.device);
    const at = deps.now();
    const before = { ...census, enrolment, seen, rows: rowsOf, now: at };
    await observe(before, { excluded: { at, ...(why && { why }) } }, deps);
  }
};

/** A late device that a person's release has now. */
const isTaken = async (
  id: string,
  device: UpdateTraits | undefined,
  { kind, product }: Release,
  deps: Deps,
): Promise<boolean> => {
  if (kind !== "catch_up") return false;
  for (const other of await deps.active(product)) {
    if (await isCovered({ id, groups: device?.groups }, other, deps)) return true;
  }
  return false;
};

const isOpen = (one: CensusDevice): boolean => {
  const { state } = one.status;
  return (state === "waiting" || state === "held" || state === "excluded") && !isAffected(one);
};

/** It was offered the update, or works on it, or has left the product meanwhile. */
const isWorking = (one: CensusDevice): boolean => {
  const { status } = one;
  const hasLeft = status.state === "excluded" && status.why === "left_product";
  return (
    isAffected(one) && (status.state === "downloading" || status.state === "waiting" || hasLeft)
  );
};

const isByHello = (why: string | undefined): boolean =>
  ["below_minimum", "wrong_platform", "no_wave", "superseded"].includes(why ?? "");

const slice = <One>(all: readonly One[], round: number): readonly One[] => {
  const parts = Math.max(1, Math.ceil(all.length / recheckedDevicesMax));
  const from = (round % parts) * recheckedDevicesMax;
  return all.slice(from, from + recheckedDevicesMax);
};
