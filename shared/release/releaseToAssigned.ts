import type { Device } from "../device/device.ts";
import { findReleasable } from "../firmware/releasable.ts";
import {
  type CreateReleaseDeps,
  newRelease,
  type ReleaseOf,
  requireFreeDevices,
} from "./createRelease.ts";
import { failureCountDefault, failurePercentDefault, returnSecondsDefault } from "./limits.ts";
import type { Release } from "./model/release.ts";
import { foldFacts } from "./model/releaseStatus.ts";
import type { ReleaseChoice } from "./releaseInput.ts";
import { storeInTurn, storeRelease, unfinishedReleases } from "./storeRelease.ts";
import { targetedDevices } from "./targetedDevices.ts";

/** What Particle's API does not let a person choose. */
const usual: Omit<ReleaseChoice, "version" | "to" | "immediate"> = {
  waves: [{ percent: 100, soakMs: 0 }],
  failures: { count: failureCountDefault, percent: failurePercentDefault },
  returnMs: returnSecondsDefault * 1_000,
  forced: false,
  rollback: "none",
};

interface Assigned {
  readonly version: number;
  readonly productDefault: boolean;
  readonly groups: readonly string[];
  /** Offered at once to connected devices; otherwise at their next hello. */
  readonly immediate: boolean;
}

/**
 * Releases a version that was assigned to groups, or to devices without a version of a group. It
 * takes the place of earlier such releases: what is left of them goes on as another release.
 * Returns `undefined` if there are no such devices. Fails with `conflict` if a release of our own
 * API has one of the devices.
 */
export const releaseToAssigned = async (
  { version, productDefault, groups, immediate }: Assigned,
  of: ReleaseOf,
  deps: CreateReleaseDeps,
): Promise<Release | undefined> => {
  const firmware = await findReleasable({ product: of.product.id, version }, deps);
  const to: Release["to"] = productDefault ? { all: true } : { groups };
  const choice = { ...usual, version, immediate, to };
  const release = newRelease(choice, { firmware, ...of, kind: "particle" }, deps);
  const devices = await targetedDevices(release, deps);
  if (devices.length === 0) return undefined;
  const running = await storeInTurn(release, (all) => requireFree(devices, all, deps), deps);
  for (const old of running.filter(({ kind }) => kind === "particle")) {
    const left = leftOf(old.to, to);
    if (left === "all") continue;
    if (left !== undefined) await goOn(old, left, deps);
    await supersede(old, release, deps);
  }
  return release;
};

/**
 * Checks that a version can be assigned to groups, before it is. Fails with `conflict` as
 * `releaseToAssigned` does.
 */
export const requireAssignable = async (
  { productDefault, groups }: Pick<Assigned, "productDefault" | "groups">,
  { product }: ReleaseOf,
  deps: CreateReleaseDeps,
): Promise<void> => {
  const to: Release["to"] = productDefault ? { all: true } : { groups };
  const devices = await targetedDevices({ fleet: product.fleet, to }, deps);
  await requireFree(devices, await unfinishedReleases(product.id, deps), deps);
};

const requireFree = (
  devices: readonly Device[],
  running: readonly Release[],
  deps: CreateReleaseDeps,
): Promise<void> =>
  requireFreeDevices(
    devices,
    running.filter(({ kind }) => kind === "release"),
    deps,
  );

/** What a newer release leaves of an older one: `all`, `undefined` for nothing, or a part. */
const leftOf = (old: Release["to"], newer: Release["to"]): Release["to"] | "all" | undefined => {
  if ("all" in newer) return "all" in old ? undefined : "all";
  // Its devices are chosen again: those of the groups have another version now.
  if ("all" in old) return old;
  if (!("groups" in old && "groups" in newer)) return "all";
  const left = old.groups.filter((name) => !newer.groups.includes(name));
  if (left.length === old.groups.length) return "all";
  return left.length === 0 ? undefined : { groups: left };
};

/** The same release for a part of its devices. A halt holds until a person resumes it. */
const goOn = async (old: Release, to: Release["to"], deps: CreateReleaseDeps): Promise<void> => {
  const firmware = await deps.versions.find(old.product, old.version);
  if (firmware === undefined) return;
  const of = { product: { id: old.product, fleet: old.fleet }, by: old.createdBy };
  const release = newRelease({ ...old, to }, { firmware, ...of, kind: "particle" }, deps);
  const { halts } = foldFacts(await deps.facts.list(old.id));
  for (const halt of halts) {
    await deps.facts.add({ ...halt, release: release.id, region: deps.region });
  }
  await storeRelease(release, deps);
};

const supersede = (
  { id: release }: Release,
  { id: by }: Release,
  { facts, region, now }: CreateReleaseDeps,
): Promise<void> => facts.add({ release, region, at: now(), kind: "superseded", by });
