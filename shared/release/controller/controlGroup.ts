import {
  controlDevicesMax,
  controlDevicesMin,
  fleetControlMax,
  outageLookAheadMs,
} from "../limits.ts";
import type { Control } from "../model/judge.ts";
import { isAffected } from "../model/nextAction.ts";
import { formerOf, wakeMsOf } from "./assessDevices.ts";
import type { Census, CensusDevice } from "./census.ts";
import type { ControllerDeps } from "./deps.ts";
import { placeOf } from "./place.ts";

type Deps = Pick<ControllerDeps, "devices" | "sessions" | "evidence" | "now">;

/**
 * The health of devices without the update, at the same time as that of the others: the first ones
 * by id, so always the same. When too few of them tell anything, also devices of the product that
 * are not in the release, and then those that are healthy with the update: if they fail at the same
 * time, the cause is elsewhere too.
 */
export const readControl = async (
  census: Census,
  lost: ReadonlyMap<string, number>,
  deps: Deps,
): Promise<Control> => {
  const all = [...census.devices.values()];
  const groups = [
    async () => idsOf(all.filter(isUntouched)),
    async () => (await firstOfFleet(census, deps)).filter((id) => !census.devices.has(id)),
    async () => idsOf(all.filter(isHealthyWithIt)),
  ];
  let devices = 0;
  let unhealthy = 0;
  for (const group of groups) {
    const counted = await countHealthy(await group(), { census, lost }, deps);
    devices += counted.devices;
    unhealthy += counted.unhealthy;
    if (devices >= controlDevicesMin) break;
  }
  return { devices, unhealthy };
};

const idsOf = (devices: readonly CensusDevice[]): string[] =>
  devices.map(({ enrolment }) => enrolment.device);

const firstOfFleet = async (
  { release: { fleet } }: Census,
  { devices }: Pick<Deps, "devices">,
): Promise<string[]> => {
  const page = await devices.pageOfFleet(fleet, { limit: fleetControlMax, order: "asc" });
  return page.devices.map(({ id }) => id);
};

const isHealthyWithIt = ({ status: { state } }: CensusDevice): boolean =>
  state === "current" || state === "installed";

const isUntouched = (one: CensusDevice): boolean =>
  (one.status.state === "held" || one.status.state === "waiting") && !isAffected(one);

const countHealthy = async (
  candidates: readonly string[],
  { census, lost }: { census: Census; lost: ReadonlyMap<string, number> },
  { sessions, evidence, now }: Deps,
): Promise<Control> => {
  const ids = candidates.slice(0, controlDevicesMax);
  if (ids.length === 0) return { devices: 0, unhealthy: 0 };
  const [found, profiles] = await Promise.all([sessions.list(ids), evidence.profiles(ids)]);
  const ofDevice = Map.groupBy(found, ({ device }) => device);
  const since = Math.min(...census.status.waves.values());
  const { returnMs } = census.release;
  let devices = 0;
  let unhealthy = 0;
  for (const id of ids) {
    const place = placeOf(ofDevice.get(id) ?? [], lost);
    const profile = profiles.get(id);
    const aliveAt = Math.max(place.aliveAt, profile?.last ?? 0);
    const { patienceMs } = formerOf(profile, wakeMsOf(place), { returnMs, at: now() });
    const silentAt = aliveAt + patienceMs;
    // An updated device was cut off a little earlier, when it restarted.
    const isSilent = !place.isConnected && silentAt <= now() + outageLookAheadMs;
    // A device that sleeps, or was silent before the release began, tells nothing.
    if ((!place.isConnected && !isSilent) || (isSilent && silentAt < since)) continue;
    devices += 1;
    if (isSilent) unhealthy += 1;
  }
  return { devices, unhealthy };
};
