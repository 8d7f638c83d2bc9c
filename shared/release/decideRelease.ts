import { Failure } from "../platform/failure.ts";
import { haltRelease, orderRollback } from "./controller/haltRelease.ts";
import type { Fact } from "./model/fact.ts";
import type { Release, ReleaseKey } from "./model/release.ts";
import { foldFacts, isEnded, type ReleaseStatus } from "./model/releaseStatus.ts";
import type { ReleaseFacts } from "./releaseFacts.ts";
import type { Releases } from "./releases.ts";

export interface DecideDeps {
  readonly releases: Pick<Releases, "find" | "activate">;
  readonly facts: ReleaseFacts;
  readonly region: string;
  readonly now: () => number;
}

/** What a person decides about a release. */
export const decisions = ["halt", "resume", "rollback", "cancel"] as const;

export type Decision = (typeof decisions)[number];

/** Finds a release of a product. Fails with `not_found`. */
export const findRelease = async (
  key: ReleaseKey,
  { releases }: { releases: Pick<Releases, "find"> },
): Promise<Release> => {
  const found = await releases.find(key);
  if (found !== undefined) return found;
  throw new Failure(`the product has no release ${key.id}`, { code: "not_found" });
};

/**
 * Stores what a person decides about a release, and returns its status after it. Repeating a
 * decision changes nothing. Fails with `not_found`, and with `conflict` for a decision that the
 * status of the release does not allow.
 */
export const decideRelease = async (
  key: ReleaseKey,
  decision: Decision,
  { by, reason }: { by: string; reason?: string | undefined },
  deps: DecideDeps,
): Promise<{ release: Release; status: ReleaseStatus }> => {
  const release = await findRelease(key, deps);
  const status = foldFacts(await deps.facts.list(release.id));
  const who = { by, ...(reason !== undefined && { reason }) };
  await run[decision](release, status, who, deps);
  return { release, status: foldFacts(await deps.facts.list(release.id)) };
};

type Who = { readonly by: string; readonly reason?: string };

type Run = (release: Release, status: ReleaseStatus, who: Who, deps: DecideDeps) => Promise<void>;

const halt: Run = async (release, status, who, deps) => {
  if (status.phase === "halted") return;
  requirePhase(status, ["enrolling", "running"], "halted");
  await haltRelease(release, who, deps);
};

const resume: Run = async (release, status, who, deps) => {
  requirePhase(status, ["halted"], "resumed");
  for (const { halt: named } of status.halts) {
    await deps.facts.add({ ...factOf(release, deps), ...who, kind: "resumed", halt: named });
  }
};

const rollback: Run = async (release, status, who, deps) => {
  if (status.phase === "rolling_back" || status.phase === "rolled_back") return;
  // A release that has ended is active again until its devices are back.
  await deps.releases.activate(release);
  await orderRollback(release, who, deps);
};

const cancel: Run = async (release, status, who, deps) => {
  if (status.phase === "cancelled") return;
  requirePhase(status, ["enrolling", "running", "halted"], "cancelled");
  await deps.facts.add({ ...factOf(release, deps), ...who, kind: "cancelled" });
};

const run: Readonly<Record<Decision, Run>> = { halt, resume, rollback, cancel };

const factOf = (
  { id: release }: Release,
  { region, now }: DecideDeps,
): Pick<Fact, "release" | "region" | "at"> => ({ release, region, at: now() });

const requirePhase = (
  { phase }: ReleaseStatus,
  allowed: readonly ReleaseStatus["phase"][],
  done: string,
): void => {
  if (allowed.includes(phase)) return;
  const hint = isEnded({ phase }) ? "" : `: only a release that is ${allowed.join(" or ")} can be`;
  throw new Failure(`a release that is ${phase} cannot be ${done}${hint}`, { code: "conflict" });
};
