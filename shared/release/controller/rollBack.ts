import { latestHello } from "../../presence/session.ts";
import { automatic } from "../model/fact.ts";
import { isAffected } from "../model/nextAction.ts";
import { updateHelloOf } from "../updateHello.ts";
import type { Census } from "./census.ts";
import type { ControllerDeps } from "./deps.ts";
import { byItself, orderRollback } from "./haltRelease.ts";

type Deps = Pick<ControllerDeps, "facts" | "sessions" | "releaseFormer" | "region" | "now">;

/**
 * Orders the devices of a release back that has halted by itself, if the release says so. A person
 * who halts a release decides about that, too.
 */
export const rollBack = async (census: Census, deps: Deps): Promise<void> => {
  const { release, status } = census;
  // A person has ordered it: the controller knows the devices.
  if (status.phase === "rolling_back" && status.rollback?.to === undefined) {
    await releaseFormerIfNeeded(census, deps);
    return;
  }
  const hasHaltedItself = status.halts.some(({ by }) => by === automatic);
  if (status.phase !== "halted" || !hasHaltedItself || release.rollback === "none") return;
  const to = await releaseFormerIfNeeded(census, deps);
  await orderRollback(release, { ...byItself("the release has halted by itself"), to }, deps);
};

/**
 * The release of the former version, if there is one, for the devices that cannot boot their other
 * slot. It is made before the fact that names it: the same devices get the same release again after
 * a crash.
 */
export const releaseFormerIfNeeded = async (
  { release, devices }: Pick<Census, "release" | "devices">,
  { sessions, releaseFormer }: Pick<Deps, "sessions" | "releaseFormer">,
): Promise<string | undefined> => {
  if (release.rollbackVersion === undefined) return undefined;
  const affected = [...devices.values()].filter(isAffected).map((one) => one.enrolment.device);
  const without =
    release.rollback === "version" ? affected : await withoutSlots(affected, { sessions });
  return without.length === 0 ? undefined : releaseFormer(release, without);
};

const withoutSlots = async (
  devices: readonly string[],
  { sessions }: Pick<Deps, "sessions">,
): Promise<string[]> => {
  const found = Map.groupBy(await sessions.list(devices), ({ device }) => device);
  return devices.filter((id) => (updateHelloOf(latestHello(found.get(id) ?? []))?.slots ?? 1) < 2);
};
