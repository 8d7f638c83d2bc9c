import type { Census, CensusDevice } from "#shared/release/controller/census.ts";
import { conservationOf } from "#shared/release/listDevices.ts";
import { latest } from "#shared/release/model/attempt.ts";
import type { Pace } from "#shared/release/model/pace.ts";
import type { Release, UpdateWindow } from "#shared/release/model/release.ts";
import type { ReleaseStatus } from "#shared/release/model/releaseStatus.ts";
import type { ReleasePlan } from "#shared/release/planRelease.ts";
import type {
  ListedReleaseBody,
  ReleaseBody,
  ReleaseDeviceBody,
  ReleasePlanBody,
} from "#shared/routes/releaseRoutes.ts";
import type { Cell } from "../http/csv.ts";

const isoTime = (ms: number): string => new Date(ms).toISOString();
const timeOrNull = (ms: number | undefined): string | null =>
  ms === undefined ? null : isoTime(ms);

/** A release in a list. */
export const listedReleaseView = (release: Release, status: ReleaseStatus): ListedReleaseBody => ({
  ...common(release, status),
  waves: release.waves.map((_, i) => waveView(release, status, i)),
});

/** A release with the number of its devices in each state. */
export const releaseView = (census: Census, paces: readonly Pace[]): ReleaseBody => {
  const { release, status } = census;
  const { total, waves, missing } = conservationOf(census);
  return {
    ...common(release, status),
    waves: waves.map((counts, i) => ({
      ...waveView(release, status, i),
      devices_by_state: counts,
    })),
    devices_by_state: total,
    missing,
    paused: pauseOf(paces) ?? null,
    under_way: paces.reduce((sum, { admitted }) => sum + admitted.length, 0),
  };
};

/** Why offers pause, if they do in a region. */
export const pauseOf = (paces: readonly Pace[]): string | undefined =>
  paces.find(({ paused }) => paused !== undefined)?.paused?.reason;

const common = (
  release: Release,
  { phase, halts, rollback }: ReleaseStatus,
): Omit<ListedReleaseBody, "waves"> => ({
  id: release.id,
  product_id: release.product,
  kind: release.kind,
  version: release.version,
  sha256: release.image.sha256,
  state: phase,
  to: audienceView(release.to),
  failures: release.failures,
  window: release.window === undefined ? null : windowView(release.window),
  return_within: release.returnMs / 1_000,
  forced: release.forced,
  immediate: release.immediate,
  rollback: release.rollback,
  rollback_version: release.rollbackVersion ?? null,
  rolls_back: release.rollsBack ?? null,
  halts: halts.map(({ halt, at, by, reason }) => ({
    id: halt,
    at: isoTime(at),
    by,
    reason: reason ?? null,
  })),
  rolled_back:
    rollback === undefined
      ? null
      : {
          at: isoTime(rollback.at),
          by: rollback.by,
          reason: rollback.reason ?? null,
          release: rollback.to ?? null,
        },
  created_at: isoTime(release.createdAt),
  created_by: release.createdBy,
});

const audienceView = (to: Release["to"]): ListedReleaseBody["to"] => {
  if ("all" in to) return { all: true };
  return "groups" in to ? { groups: [...to.groups] } : { devices: [...to.devices] };
};

type Which = Pick<ListedReleaseBody["waves"][number], "percent" | "groups" | "devices">;

const whichView = (wave: Release["waves"][number]): Which => {
  if ("percent" in wave) return { percent: wave.percent };
  return "groups" in wave ? { groups: [...wave.groups] } : { devices: [...wave.devices] };
};

const waveView = ({ waves }: Release, status: ReleaseStatus, i: number) => {
  const wave = waves[i];
  return {
    ...(wave && whichView(wave)),
    soak: (wave?.soakMs ?? 0) / 1_000,
    opened_at: timeOrNull(status.waves.get(i)),
  };
};

const windowView = ({ from, to }: UpdateWindow) => ({ from: clock(from), to: clock(to) });

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** A device of a release, with its times. */
export const releaseDeviceView = ({
  enrolment,
  seen,
  status,
}: CensusDevice): ReleaseDeviceBody => ({
  id: enrolment.device,
  wave: enrolment.wave === undefined ? null : enrolment.wave + 1,
  state: status.state,
  reason: "why" in status ? status.why : null,
  before: {
    version: enrolment.before?.version ?? null,
    sha256: enrolment.before?.sha256 ?? null,
  },
  offered_at: timeOrNull(latest(seen.offers?.at(-1), seen.offered?.at)),
  accepted_at: timeOrNull(seen.accepted?.at),
  restarted_at: timeOrNull(seen.restarting?.at),
  returned_at: timeOrNull(seen.seen?.release?.first),
  assessed_at: timeOrNull(seen.assessed?.at),
  failed_at: status.state === "failed" ? isoTime(status.since) : null,
});

/** A dry run of a release. */
export const releasePlanView = (plan: ReleasePlan): ReleasePlanBody => ({
  plan: true,
  version: plan.release.version,
  targeted: plan.targeted,
  waves: plan.waves.map(({ count, ids }, i) => {
    const wave = plan.release.waves[i];
    return {
      ...(wave && whichView(wave)),
      soak: (wave?.soakMs ?? 0) / 1_000,
      count,
      ids: [...ids],
    };
  }),
  not_reached: plan.notReached,
  excluded: Object.fromEntries(plan.excluded),
  current: plan.current,
  conflicts: [...plan.conflicts],
});

const columns = [
  "id",
  "wave",
  "state",
  "reason",
  "version_before",
  "sha256_before",
  "offered_at",
  "accepted_at",
  "restarted_at",
  "returned_at",
  "assessed_at",
  "failed_at",
] as const;

/** The devices of a release as a table. */
export const releaseTable = (
  { id, version, product_id }: Pick<ReleaseBody, "id" | "version" | "product_id">,
  devices: readonly ReleaseDeviceBody[],
) => ({
  columns: ["product", "release", "version", ...columns],
  rows: devices.map(({ before, ...device }): Cell[] => {
    const values = { ...device, version_before: before.version, sha256_before: before.sha256 };
    return [product_id, id, version, ...columns.map((column) => values[column] ?? undefined)];
  }),
});
