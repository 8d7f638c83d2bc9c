import type { Device } from "../../device/device.ts";
import { latestHello, type Session } from "../../presence/session.ts";
import { followsAssignments, isAssigned } from "../isAssigned.ts";
import { enrolPageMax } from "../limits.ts";
import { assignWaves } from "../model/assignWaves.ts";
import type { Enrolment } from "../model/enrolment.ts";
import { exclusionOf } from "../model/exclusionOf.ts";
import { runsImage } from "../model/observe.ts";
import type { Release } from "../model/release.ts";
import { targetedDevices } from "../targetedDevices.ts";
import { updateHelloOf } from "../updateHello.ts";
import type { ControllerDeps } from "./deps.ts";
import { isRegionLost, placeOf } from "./place.ts";

type Deps = Pick<
  ControllerDeps,
  | "devices"
  | "sessions"
  | "enrolments"
  | "facts"
  | "quarantined"
  | "released"
  | "responds"
  | "region"
  | "now"
>;

/**
 * Enrols the devices of a release: their waves, their firmware, and why some are not updated. Only
 * the region of the release does it; another one takes over when that region is lost. A crash in
 * between leaves rows that the next run writes again: the waves of a release are the same for the
 * same devices. The fact `enrolled` is last, and no wave opens before it.
 */
export const enrolDevices = async (release: Release, deps: Deps): Promise<boolean> => {
  const isMine = release.region === deps.region;
  if (!isMine && !(await isRegionLost(release.region, release.createdAt, deps))) return false;
  const devices = await targetedDevices(release, deps);
  const waves = assignWaves(release, devices);
  const released = followsAssignments(release.kind) ? await deps.released(release.product) : [];
  const places: Record<string, number> = {};
  for (let from = 0; from < devices.length; from += enrolPageMax) {
    const page = devices.slice(from, from + enrolPageMax);
    const found = await deps.sessions.list(page.map(({ id }) => id));
    const sessions = Map.groupBy(found, ({ device }) => device);
    const quarantined = await deps.quarantined(page.map(({ id }) => id));
    for (const { id } of page) {
      const { region } = placeOf(sessions.get(id) ?? []);
      if (region !== undefined) places[region] = (places[region] ?? 0) + 1;
    }
    await deps.enrolments.put(
      page.map((device) =>
        enrolmentOf(device, release, {
          wave: waves.get(device.id),
          sessions: sessions.get(device.id) ?? [],
          isQuarantined: quarantined.has(device.id),
          isAssigned: isAssigned(device, release, released),
          now: deps.now(),
        }),
      ),
    );
  }
  await deps.facts.add({
    release: release.id,
    region: deps.region,
    at: deps.now(),
    kind: "enrolled",
    targeted: devices.length,
    places,
  });
  return true;
};

interface Known {
  readonly wave: number | undefined;
  readonly sessions: readonly Session[];
  readonly isQuarantined: boolean;
  /** The release is for it, by Particle's precedence. */
  readonly isAssigned: boolean;
  readonly now: number;
}

/** The enrolment of a device. */
export const enrolmentOf = (
  device: Device,
  release: Release,
  { wave, sessions, isQuarantined, isAssigned, now }: Known,
): Enrolment => {
  const hello = updateHelloOf(latestHello(sessions));
  const excluded = isQuarantined
    ? "quarantined"
    : (exclusionOf(device, hello, release) ?? (isAssigned ? undefined : "other_version"));
  const wanted = { version: release.version, sha256: release.image.sha256 };
  const isCurrent = hello !== undefined && excluded === undefined && runsImage(hello, wanted);
  const { firmware, image } = hello ?? {};
  return {
    release: release.id,
    device: device.id,
    at: now,
    before: {
      ...(firmware !== undefined && { version: firmware }),
      ...(image !== undefined && { sha256: image }),
    },
    ...(wave !== undefined && { wave }),
    ...(isCurrent && { current: true }),
    ...(!isCurrent && wave === undefined && { excluded: "no_wave" as const }),
    ...(excluded !== undefined && { excluded }),
  };
};
