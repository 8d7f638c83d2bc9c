import type { Enrolments } from "../enrolments.ts";
import { censusPageMax } from "../limits.ts";
import { type DeviceStatus, deviceStatus } from "../model/deviceStatus.ts";
import type { Enrolment } from "../model/enrolment.ts";
import type { Assessment } from "../model/pace.ts";
import { joinAll, type Observations } from "../model/progress.ts";
import type { Release } from "../model/release.ts";
import { foldFacts, type ReleaseStatus } from "../model/releaseStatus.ts";
import type { ProgressRows } from "../progressRows.ts";
import type { ReleaseFacts } from "../releaseFacts.ts";

/** A targeted device, with its state. */
export interface CensusDevice {
  readonly enrolment: Enrolment;
  /** What all regions have observed. */
  readonly seen: Observations;
  readonly status: DeviceStatus;
}

/** All devices of a release at one time. */
export interface Census {
  readonly release: Release;
  readonly status: ReleaseStatus;
  readonly devices: ReadonlyMap<string, CensusDevice>;
  readonly now: number;
}

export interface CensusDeps {
  readonly facts: Pick<ReleaseFacts, "list">;
  readonly enrolments: Pick<Enrolments, "page">;
  readonly progress: Pick<ProgressRows, "page">;
  readonly now: () => number;
}

/** Reads all devices of a release, page by page. */
export const readCensus = async (release: Release, deps: CensusDeps): Promise<Census> => {
  const status = foldFacts(await deps.facts.list(release.id));
  const [enrolments, seenBy] = await Promise.all([
    readEnrolments(release.id, deps),
    readProgress(release.id, deps),
  ]);
  const now = deps.now();
  const devices = new Map<string, CensusDevice>();
  for (const enrolment of enrolments) {
    const seen = joinAll(seenBy.get(enrolment.device) ?? []);
    const state = deviceStatus({ release, status, enrolment, seen, now });
    devices.set(enrolment.device, { enrolment, seen, status: state });
  }
  return { release, status, devices, now };
};

const readEnrolments = async (release: string, { enrolments }: CensusDeps) => {
  const found: Enrolment[] = [];
  for (let after: string | undefined, hasMore = true; hasMore; ) {
    const page = await enrolments.page(release, { limit: censusPageMax, after });
    found.push(...page.enrolments);
    after = page.enrolments.at(-1)?.device ?? after;
    hasMore = page.hasMore;
  }
  return found;
};

const readProgress = async (release: string, { progress }: CensusDeps) => {
  const found = new Map<string, Observations[]>();
  for (let after: string | undefined, hasMore = true; hasMore; ) {
    const page = await progress.page(release, { limit: censusPageMax, after });
    for (const row of page.rows) {
      const own = found.get(row.device);
      if (own === undefined) found.set(row.device, [row]);
      else own.push(row);
    }
    after = page.rows.at(-1)?.device ?? after;
    hasMore = page.hasMore;
  }
  return found;
};

/** The census after a further observation of a device. */
export const withObservation = (
  { release, status, now }: Pick<Census, "release" | "status" | "now">,
  { enrolment }: CensusDevice,
  seen: Observations,
): CensusDevice => ({
  enrolment,
  seen,
  status: deviceStatus({ release, status, enrolment, seen, now }),
});

/** The assessments of a release since a person last resumed it. */
export const assessmentsOf = ({ devices, status }: Census): Assessment[] => {
  const since = status.resumedAt ?? -1;
  return [...devices].flatMap(([device, { status: state }]) => {
    const isHealthy = state.state === "installed";
    const isCounted = isHealthy || (state.state === "failed" && state.why !== "rolled_back");
    return isCounted && state.since > since ? [{ device, at: state.since, isHealthy }] : [];
  });
};

/** The number of devices that a release can update. */
export const eligibleCount = ({ devices }: Census): number =>
  [...devices.values()].filter(({ status }) => isEligible(status)).length;

const isEligible = (status: DeviceStatus): boolean =>
  status.state !== "current" &&
  status.state !== "excluded" &&
  !(status.state === "held" && isRefused(status.why));

/** Whether a device itself refuses the update, without an end. */
export const isRefused = (why: string): boolean => why === "vetoed" || why === "updates_disabled";
