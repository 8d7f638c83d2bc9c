import type { Devices } from "../../device/device.ts";
import type { SendResult } from "../../device/deviceLink.ts";
import type { HeartbeatProfile } from "../../presence/recovery/heartbeatProfile.ts";
import type { Sessions } from "../../presence/session.ts";
import type { Enrolments } from "../enrolments.ts";
import type { Release } from "../model/release.ts";
import type { ProgressDeps } from "../progress.ts";
import type { PaceRows, ProgressRows } from "../progressRows.ts";
import type { ReleaseFacts } from "../releaseFacts.ts";
import type { Releases } from "../releases.ts";
import type { ImageRefusal } from "./imageRefusal.ts";

/** Sends a device of this region what a release tells it. */
export interface UpdateLink {
  /** Offers the version of a release, with the URL of its image. */
  sendOffer(device: string, release: Release): Promise<SendResult>;
  /** Tells the device to boot its other slot. */
  sendRollback(device: string, release: Release): Promise<SendResult>;
  /** Tells the device to stop an update. */
  sendCancel(device: string, release: Release): Promise<SendResult>;
}

/** The notices of a release that halts by itself, for its operator and its owner. */
export interface ReleaseNotices {
  /**
   * Pages the operator. Called before the halt is stored: a crash between the two pages again, and
   * loses no page.
   */
  page(release: Release): void;
  /** Publishes an event to the fleet. */
  halted(release: Release, why: { reason: string; failed: number }): Promise<void>;
}

/** The evidence about updated devices besides their sessions. */
export interface DeviceEvidence {
  /** The heartbeat profiles of this region for these devices. */
  profiles(devices: readonly string[]): Promise<ReadonlyMap<string, HeartbeatProfile>>;
  /** The calls of a device since a time. */
  calls(fleet: string, device: string, since: number): Promise<{ ok: number; failed: number }>;
  /** Whether its vitals after a time are clearly worse than before; `undefined` without any. */
  hasWorseVitals(fleet: string, device: string, since: number): Promise<boolean | undefined>;
}

/** The dependencies of the controller of releases in one region. */
export interface ControllerDeps extends ProgressDeps {
  readonly releases: Pick<Releases, "active" | "find" | "end">;
  readonly facts: ReleaseFacts;
  readonly enrolments: Enrolments;
  readonly progress: ProgressRows;
  readonly pace: PaceRows;
  readonly devices: Pick<Devices, "findMany" | "pageOfFleet">;
  readonly sessions: Pick<Sessions, "list">;
  /** Which of these devices are in quarantine. */
  readonly quarantined: (devices: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly evidence: DeviceEvidence;
  readonly link: UpdateLink;
  readonly notices: ReleaseNotices;
  /** Releases the former version to the devices of a halted release. Returns its id. Idempotent. */
  readonly releaseFormer: (release: Release, devices: readonly string[]) => Promise<string>;
  /** Why devices refuse the image of a release now. */
  readonly imageRefusal: ImageRefusal;
  /** Copies the image of a release to this region if it is missing. */
  readonly copyImage: (release: Release) => Promise<void>;
  readonly regions: readonly string[];
  /** Whether the broker of a region responds. Never fails. */
  readonly responds: (region: string) => Promise<boolean>;
  readonly onError: (what: string, error: unknown) => void;
}
