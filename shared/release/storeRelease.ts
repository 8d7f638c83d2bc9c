import { type ReleasableDeps, recordRelease } from "../firmware/releasable.ts";
import { Failure } from "../platform/failure.ts";
import { turnsMax } from "./limits.ts";
import { automatic } from "./model/fact.ts";
import type { Release } from "./model/release.ts";
import { foldFacts, isEnded } from "./model/releaseStatus.ts";
import type { ReleaseFacts } from "./releaseFacts.ts";
import type { Releases } from "./releases.ts";

export interface StoreDeps extends Pick<ReleasableDeps, "versions" | "now"> {
  readonly releases: Pick<Releases, "add" | "find" | "active" | "turn" | "takeTurn">;
  readonly facts: Pick<ReleaseFacts, "list" | "add">;
  readonly region: string;
}

/**
 * Stores a release. The firmware version, and the one that it goes back to, count as released
 * first: they cannot be deleted.
 */
export const storeRelease = async (
  release: Release,
  deps: Pick<StoreDeps, "versions" | "now"> & { readonly releases: Pick<Releases, "add"> },
): Promise<Release> => {
  const { product, version: released, rollbackVersion } = release;
  const assignment = { productDefault: false, groups: [], at: deps.now() };
  for (const version of [rollbackVersion, released]) {
    if (version !== undefined) await recordRelease({ product, version }, assignment, deps);
  }
  await deps.releases.add(release);
  return release;
};

/** The releases of a product that have not ended, newest first. */
export const unfinishedReleases = async (
  product: number,
  { releases, facts }: Pick<StoreDeps, "releases" | "facts">,
): Promise<Release[]> => {
  const keys = await releases.active(product);
  const found = await Promise.all(
    keys.map(async (key) => {
      const [release, known] = await Promise.all([releases.find(key), facts.list(key.id)]);
      return release !== undefined && !isEnded(foldFacts(known)) ? [release] : [];
    }),
  );
  return found.flat().toSorted((one, other) => (one.id < other.id ? 1 : -1));
};

/**
 * Stores a release that `check` allows beside the unfinished ones, and returns these. Requests for
 * the same devices that come at the same time check the same releases, so a release counts only
 * from its turn on: the request that is later checks again, and cancels its own release if `check`
 * fails then. Two regions that receive them within the time of the replication do not see each
 * other: a device works on one release at a time.
 */
export const storeInTurn = async (
  release: Release,
  check: (unfinished: readonly Release[]) => Promise<void>,
  deps: StoreDeps,
): Promise<readonly Release[]> => {
  const { product, id } = release;
  let turn = await deps.releases.turn(product);
  let others = await unfinishedReleases(product, deps);
  await check(others);
  await storeRelease(release, deps);
  for (let turns = 1; !(await deps.releases.takeTurn(product, turn)); turns += 1) {
    try {
      if (turns === turnsMax) throw busy;
      turn = await deps.releases.turn(product);
      others = (await unfinishedReleases(product, deps)).filter((one) => one.id !== id);
      await check(others);
    } catch (error) {
      const { region, now } = deps;
      const reason = "another release of the same devices was created at the same time";
      const fact = { release: id, region, at: now(), by: automatic, reason };
      await deps.facts.add({ ...fact, kind: "cancelled" });
      throw error;
    }
  }
  return others;
};

const busy = new Failure("other requests create releases of the product: try again", {
  code: "conflict",
});
