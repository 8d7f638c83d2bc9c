import type { DeviceStatus } from "./model/deviceStatus.ts";
import type { Release } from "./model/release.ts";

/** What the sentence about a device mentions besides its state. */
export interface Circumstances {
  readonly release: Pick<Release, "version" | "waves" | "kind">;
  readonly wave: number | undefined;
  readonly isConnected: boolean;
  /** The wake interval of a device that sleeps, in seconds. */
  readonly wakeSeconds?: number | undefined;
  /** Why offers pause. */
  readonly pause?: string | undefined;
}

/** Why a device of a release has not updated, or what has become of it: one sentence. */
export const explainStatus = (status: DeviceStatus, of: Circumstances): string => {
  const version = `version ${of.release.version}`;
  switch (status.state) {
    case "current":
      return `It runs ${version} already, so the release does not change it.`;
    case "installed":
      return `It runs ${version} and was found healthy at ${time(status.since)}.`;
    case "excluded":
      return isForLate(of) && status.why === "superseded"
        ? "Another release has the device, and decides about it."
        : exclusions[status.why];
    case "held":
      return held(status, of);
    case "waiting":
      return waiting(status, of);
    case "downloading":
      return `${steps[status.why]} (since ${time(status.since)}).`;
    case "failed":
      return `${failures[status.why]} (at ${time(status.since)})${status.note === undefined ? "" : `: ${status.note}`}.`;
  }
};

const time = (at: number): string => new Date(at).toISOString();

type Of<State extends DeviceStatus["state"]> = Extract<DeviceStatus, { readonly state: State }>;

const exclusions: Readonly<Record<Of<"excluded">["why"], string>> = {
  development: "It is a development device, which no release updates.",
  locked: "It is locked to another version.",
  quarantined: "It is in quarantine and cannot connect.",
  other_version: "Another version is released to its group.",
  left_product: "It is not in the product any more.",
  below_minimum: "It runs a version that is older than the minimum version of this one.",
  wrong_platform: "The version is for another platform.",
  no_wave: "No wave of the release reaches it.",
  superseded: "A newer release has taken the place of this one before the device was updated.",
  cancelled: "The release was cancelled before the device was updated.",
  rolled_back: "The release was rolled back before the device was updated.",
};

const held = ({ why, until, note }: Of<"held">, { wave, release }: Circumstances): string => {
  const later = until === undefined ? "" : ` until ${time(until)}`;
  const reason = note === undefined ? "" : `: ${note}`;
  switch (why) {
    case "enrolling":
      return "The release is still collecting its devices.";
    case "wave":
      return `Its wave (${(wave ?? 0) + 1} of ${release.waves.length}) is not open yet.`;
    case "window":
      return `It is outside the window of the release in its local time${later}.`;
    case "vetoed":
      return `The device has refused the update${reason}.`;
    case "deferred":
      return `The device has deferred the update${later}${reason}.`;
    case "updates_disabled":
      return "The device takes no updates now; a forced release would reach it.";
    case "halted":
      return "The release is halted, and only a person can resume it.";
  }
};

const waiting = (
  { why, since, until, error }: Of<"waiting">,
  { isConnected, wakeSeconds, pause, release }: Circumstances,
): string => {
  if (why === "retry") {
    return `An attempt has failed (${error}); it may try again after ${time(until ?? 0)}.`;
  }
  if (!isConnected) {
    return wakeSeconds === undefined
      ? "It is offline, and is offered the update when it connects."
      : `It sleeps and wakes about every ${wakeSeconds} s; then it is offered the update.`;
  }
  if (why === "offered") {
    return `It was offered the update at ${time(since ?? 0)} and has not answered yet.`;
  }
  if (pause !== undefined) return `Offers pause: ${pause}.`;
  const turn = "its turn comes when devices before it are found healthy";
  return isForLate({ release })
    ? `It came after the release of version ${release.version}: it is offered it within about a minute, or ${turn}.`
    : `It is connected, and ${turn}.`;
};

/** Whether a release is for devices that came after the release of its version. */
const isForLate = ({ release }: Pick<Circumstances, "release">): boolean =>
  release.kind === "catch_up";

/** Why a release that exists has no row of a device: one sentence. */
export const explainAbsence = (
  { kind }: Pick<Release, "kind">,
  { isEnrolling }: { readonly isEnrolling: boolean },
): string => {
  if (kind === "catch_up") {
    return "The release is for devices that come later, and this one is not enrolled: a device is enrolled at a hello with other firmware than it should run, unless it has failed with the version or a person has released another one since";
  }
  return isEnrolling
    ? "The release enrols its devices at the moment: ask again in a minute"
    : "The release is not for this device";
};

const steps: Readonly<Record<Of<"downloading">["why"], string>> = {
  accepted: "It has accepted the update and starts to download it",
  downloading: "It downloads the image",
  unavailable: "The cloud did not serve its download; it tries again, and that is no failure of it",
  verified: "It has verified the image and is about to restart",
  restarting: "It restarts",
  observed: "It runs the new version and is being observed",
};

const failures: Readonly<Record<Of<"failed">["why"], string>> = {
  unsigned: "It refused the image: it is not signed",
  wrong_signature: "It refused the image: its signature is wrong",
  expired: "It refused the image: its manifest has expired",
  older: "It refused the image: it has installed a newer one",
  wrong_product: "It refused the image: it is for another product",
  wrong_platform: "It refused the image: it is for another platform",
  wrong_version: "It refused the image: it is of another version",
  too_large: "The image is too large for it",
  wrong_hash: "The image was damaged in every attempt",
  no_space: "It has no space for the image",
  write_failed: "It could not write the image",
  boot_failed: "The image did not boot",
  reverted: "It went back to its former image by itself",
  not_supported: "It cannot be updated in this way",
  other: "Its attempts have failed",
  silent:
    "It did not come back with the new image within its own interval, or fell silent afterwards",
  stopped_publishing: "It connects with the new version and does not publish any more",
  calls_fail: "Its calls fail since the update",
  resets: "It crashes repeatedly since the update",
  vitals: "Its vitals are clearly worse since the update",
  rolled_back: "It was brought back to its former version",
};
