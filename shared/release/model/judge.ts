import { clearlyWorseFactor, controlUnhealthyPercent, judgedFrom } from "../limits.ts";
import type { Assessment } from "./pace.ts";
import type { Release } from "./release.ts";

/** Devices of the release that are not updated yet, at the same time. */
export interface Control {
  readonly devices: number;
  readonly unhealthy: number;
}

export interface Judged {
  readonly failures: Release["failures"];
  /** The assessments since a person last resumed the release. */
  readonly assessments: readonly Assessment[];
  /** The devices that the release can update. */
  readonly eligible: number;
  readonly control: Control;
  /** The cloud of this region does not work as it should, whatever its devices do. */
  readonly isDegraded?: boolean;
}

export type Judgement =
  | { readonly kind: "go_on" }
  /** Devices that were not updated fail too: the cause is elsewhere. */
  | { readonly kind: "pause"; readonly reason: string }
  | { readonly kind: "halt"; readonly reason: string };

/**
 * Judges a release, from the fifth assessed device on, or from the last one of a smaller release.
 * It halts if its devices fail at least as often as the release says, and clearly more often than
 * those of the control group. While the cloud itself is degraded, it does not judge.
 */
export const judge = ({
  failures,
  assessments,
  eligible,
  control,
  isDegraded = false,
}: Judged): Judgement => {
  if (isDegraded) {
    return { kind: "pause", reason: "the cloud of this region is degraded" };
  }
  const assessed = assessments.length;
  const failed = assessments.filter(({ isHealthy }) => !isHealthy).length;
  const percent = assessed === 0 ? 0 : (100 * failed) / assessed;
  const ofControl = control.devices === 0 ? 0 : (100 * control.unhealthy) / control.devices;
  const isTooMany =
    isJudged(assessed, eligible) &&
    failed >= Math.min(failures.count, Math.max(eligible, 1)) &&
    percent > failures.percent;
  const counted = `${failed} of ${assessed} updated devices failed`;
  const compared = `${control.unhealthy} of ${control.devices} devices without the update`;
  if (isTooMany && percent > clearlyWorseFactor * ofControl) {
    return { kind: "halt", reason: `${counted}, and ${compared}` };
  }
  if (isTooMany || isUnhealthy(control)) {
    return { kind: "pause", reason: `${compared} fail too: the cause is not the update` };
  }
  return { kind: "go_on" };
};

/** Whether enough devices are assessed to judge a release. Until then a failure keeps its slot. */
export const isJudged = (assessed: number, eligible: number): boolean =>
  assessed >= Math.min(judgedFrom, eligible);

/** Whether so many devices of the control group fail that the cause must be elsewhere. */
export const isUnhealthy = ({ devices, unhealthy }: Control): boolean =>
  devices > 0 && (100 * unhealthy) / devices >= controlUnhealthyPercent;
