import type { Devices } from "../../device/device.ts";
import type { DeviceActivity } from "../../device/deviceActivity.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { presenceAskedAtOnceMax } from "../limits.ts";
import type { Session, Sessions } from "../session.ts";
import { checkSilentDevice, type SilentCheckDeps } from "./checkSilentDevice.ts";
import {
  type DeviceActivityStore,
  type HeartbeatProfile,
  type HeartbeatProfiles,
  nextCheckAt,
  updateProfile,
} from "./heartbeatProfile.ts";
import {
  activityObjectsMax,
  profileShards,
  profileTtlMs,
  profileUpdateMs,
  silentChecksMax,
  wakeFreshMs,
  wakesReadMax,
} from "./limits.ts";
import { recordRecovery } from "./recoverSession.ts";

interface Deps extends SilentCheckDeps {
  readonly devices: Pick<Devices, "find">;
  readonly sessions: Pick<Sessions, "find" | "put" | "list" | "listHere">;
  readonly activityStore: Pick<DeviceActivityStore, "list" | "read" | "remove">;
  readonly profiles: HeartbeatProfiles;
}

/** How many devices were heard that are being learned, and how many were looked up because they were overdue, or had been. */
export interface MonitorResult {
  readonly activity: number;
  readonly checked: number;
}

/**
 * Learns devices' rhythms from what was heard of them, and looks up those that are overdue: one shard of the devices after the
 * other for `profileUpdateMs`, one at least; when not all have had their turn, the next run goes on. Only one at a time may run.
 *
 * What was heard is removed after all rhythms that it changes are written, and learning it again changes nothing: so it
 * does not matter where it dies. A device that was looked up and whose rhythm was not written is looked up again.
 */
export const monitorDevices = async (deadline: number, deps: Deps): Promise<MonitorResult> => {
  const { profiles, activityStore } = deps;
  const known = await profiles.round();
  const wanted = known?.keys ?? (await activityStore.list(activityObjectsMax));
  const { activity, keys } = await readActivity(wanted, deps);
  const { shard, overdue } = await updateShards(known?.shard ?? 0, activity, deps);
  if (shard < profileShards) {
    await profiles.putRound({ keys, shard });
  } else {
    if (known !== undefined) await profiles.putRound(undefined);
    await activityStore.remove(keys);
  }
  await checkAll(overdue, deadline, deps);
  return { activity: activity.length, checked: overdue.length };
};

/** Answers which shard is next, and which devices of those that it learned are overdue. */
const updateShards = async (
  first: number,
  activity: readonly DeviceActivity[],
  deps: Deps,
): Promise<{ shard: number; overdue: HeartbeatProfile[] }> => {
  const { now } = deps;
  const until = now() + profileUpdateMs;
  const byShard = Map.groupBy(activity, ({ device }) => shardOf(device));
  const wakes = { left: wakesReadMax };
  const overdue: HeartbeatProfile[] = [];
  let shard = first;
  do {
    const profiles = await updateShard(shard, byShard.get(shard) ?? [], { ...deps, wakes });
    const due = profiles.filter((one) => isDue(one, now()));
    overdue.push(...due.slice(0, silentChecksMax - overdue.length));
    shard += 1;
  } while (shard < profileShards && now() < until);
  return { shard, overdue };
};

/** Every shard has devices of every fleet. */
const shardOf = (device: string): number => Number.parseInt(device.slice(-4), 16) % profileShards;

/** Overdue, or back again after it was. */
const isDue = (known: HeartbeatProfile, now: number): boolean =>
  isBack(known) || now >= nextCheckAt(known);

const isBack = ({ silentAt, last }: HeartbeatProfile): boolean =>
  silentAt !== undefined && last > silentAt;

/** What cannot be read now stays; the other objects do not wait for it. */
const readActivity = async (
  wanted: readonly string[],
  { activityStore, onError }: Deps,
): Promise<{ activity: DeviceActivity[]; keys: string[] }> => {
  const activity: DeviceActivity[] = [];
  const keys: string[] = [];
  await mapConcurrently(wanted, presenceAskedAtOnceMax, async (key) => {
    try {
      activity.push(...(await activityStore.read(key)));
      keys.push(key);
    } catch (error) {
      onError("heard devices not read", error);
    }
  });
  return { activity: activity.toSorted((a, b) => a.at - b.at), keys };
};

/** The rhythms of a shard, with what was heard, written if that changed any. */
const updateShard = async (
  shard: number,
  activity: readonly DeviceActivity[],
  deps: Deps & { readonly wakes: { left: number } },
): Promise<HeartbeatProfile[]> => {
  const { profiles, now } = deps;
  const known = new Map((await profiles.read(shard)).map((one) => [one.device, one]));
  let isChanged = false;
  for (const { device, at } of activity) {
    const before = known.get(device);
    const after = updateProfile(before, device, at);
    isChanged ||= after !== before;
    known.set(device, after);
  }
  const ids = new Set(activity.map(({ device }) => device));
  const asked = [...ids].flatMap((id) => known.get(id) ?? []).filter(isWakeOld(now()));
  for (const one of await withWakes(asked, deps)) {
    known.set(one.device, one);
    isChanged = true;
  }
  const kept = [...known.values()].filter(({ last }) => last > now() - profileTtlMs);
  if (isChanged) await profiles.write(shard, kept);
  return kept;
};

const isWakeOld =
  (now: number) =>
  ({ wakeReadAt = 0 }: HeartbeatProfile): boolean =>
    now >= wakeReadAt + wakeFreshMs;

/** Those of which a hello is known, with the wake interval that it says. */
const withWakes = async (
  wanted: readonly HeartbeatProfile[],
  { sessions, wakes, now, onError }: Deps & { readonly wakes: { left: number } },
): Promise<HeartbeatProfile[]> => {
  const some = wanted.slice(0, wakes.left);
  if (some.length === 0) return [];
  wakes.left -= some.length;
  try {
    const found = await sessions.listHere(some.map(({ device }) => device));
    const byDevice = new Map(found.map((one) => [one.device, one]));
    return some.flatMap((one) => withWake(one, byDevice.get(one.device), now()) ?? []);
  } catch (error) {
    onError("wake intervals not read", error);
    return [];
  }
};

const withWake = (
  known: HeartbeatProfile,
  session: Session | undefined,
  now: number,
): HeartbeatProfile | undefined =>
  session?.hello && { ...known, wake: (session.hello.wake ?? 0) * 1_000, wakeReadAt: now };

const checkAll = async (
  overdue: readonly HeartbeatProfile[],
  deadline: number,
  deps: Deps,
): Promise<void> => {
  if (overdue.length === 0) return;
  const { sessions, profiles, now, onError } = deps;
  const found = await sessions.list(overdue.map(({ device }) => device));
  const ofDevice = Map.groupBy(found, ({ device }) => device);
  const after = new Map<string, HeartbeatProfile | undefined>();
  await mapConcurrently(overdue, presenceAskedAtOnceMax, async (known) => {
    if (now() >= deadline) return;
    try {
      after.set(known.device, await checkDevice(known, ofDevice.get(known.device) ?? [], deps));
    } catch (error) {
      onError("silent device not looked up", error);
    }
  });
  for (const shard of new Set([...after.keys()].map(shardOf))) {
    const known = await profiles.read(shard);
    const next = known.flatMap((one) =>
      after.has(one.device) ? (after.get(one.device) ?? []) : one,
    );
    await profiles.write(shard, next);
  }
};

/** The rhythm of a device after it was looked up; `undefined` when it is to be forgotten here. */
const checkDevice = async (
  known: HeartbeatProfile,
  sessions: readonly Session[],
  deps: Deps,
): Promise<HeartbeatProfile | undefined> => {
  const { devices, link, now } = deps;
  const device = await devices.find(known.device);
  if (device === undefined) return undefined;
  if (isBack(known)) {
    await recordRecovery(device, { issue: "silent", at: known.last }, deps);
    const { silentAt: _, ...rest } = known;
    return rest;
  }
  const latestSignal = (all: readonly Session[]): number =>
    Math.max(0, ...all.flatMap(({ handshakeAt = 0, helloAt = 0 }) => [handshakeAt, helloAt]));
  const [here, elsewhere] = [
    sessions.filter(({ region }) => region === link.region),
    sessions.filter(({ region }) => region !== link.region),
  ];
  // It moved: the region where it is now follows it.
  if (latestSignal(elsewhere) > Math.max(known.last, latestSignal(here))) return undefined;
  const activity = updateProfile(known, known.device, latestSignal(here));
  const fresh = withWake(activity, here[0], now()) ?? activity;
  return now() < nextCheckAt(fresh) ? fresh : checkSilentDevice(device, fresh, deps);
};
