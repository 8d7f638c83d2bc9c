import type { Devices } from "../../device/device.ts";
import type { DeviceActivity, DeviceActivityStore } from "../../device/deviceActivity.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { presenceAskedAtOnceMax } from "../limits.ts";
import type { Session, Sessions } from "../session.ts";
import { checkSilentDevice, type SilentCheckDeps } from "./checkSilentDevice.ts";
import {
  type HeartbeatProfile,
  type HeartbeatProfiles,
  nextCheckAt,
  shardOf,
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

/** The number of activities that the run read, and of devices that it checked. */
export interface MonitorResult {
  readonly activity: number;
  readonly checked: number;
  /** The number of devices of each fleet that the run found silent, and the one before did not. */
  readonly silent: ReadonlyMap<string, number>;
}

/**
 * Updates heartbeat profiles from device activity, and checks overdue devices: shard by shard for
 * `profileUpdateMs`, at least one. The next run continues with the remaining shards. Only one run
 * at a time.
 *
 * Activity is removed after all profiles with it are written, and an update is idempotent: a crash
 * at any point loses nothing. A device whose profile was not written after its check is checked
 * again.
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
  const silent = new Map<string, number>();
  await checkAll(overdue, deadline, {
    ...deps,
    onSilent: (fleet) => void silent.set(fleet, (silent.get(fleet) ?? 0) + 1),
  });
  return { activity: activity.length, checked: overdue.length, silent };
};

/** Returns the next shard, and the overdue devices of the updated shards. */
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

/** Whether a device is overdue, or active again after it was silent. */
const isDue = (known: HeartbeatProfile, now: number): boolean =>
  isBack(known) || now >= nextCheckAt(known);

const isBack = ({ silentAt, last }: HeartbeatProfile): boolean =>
  silentAt !== undefined && last > silentAt;

/** An object that cannot be read stays for a later run and does not delay the others. */
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
      onError("reading device activity failed", error);
    }
  });
  return { activity: activity.toSorted((a, b) => a.at - b.at), keys };
};

/** Updates the profiles of a shard with the activity, and writes them if one has changed. */
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

/** The profiles whose device has a hello, with its wake interval. */
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
    onError("reading wake intervals failed", error);
    return [];
  }
};

const withWake = (
  known: HeartbeatProfile,
  session: Session | undefined,
  now: number,
): HeartbeatProfile | undefined =>
  session?.hello && { ...known, wake: (session.hello.wake ?? 0) * 1_000, wakeReadAt: now };

interface CheckDeps extends Deps {
  /** Called for a device that was not silent before. */
  readonly onSilent: (fleet: string) => void;
}

const checkAll = async (
  overdue: readonly HeartbeatProfile[],
  deadline: number,
  deps: CheckDeps,
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
      onError("checking a silent device failed", error);
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

/** The profile of a device after its check; `undefined` if this region removes it. */
const checkDevice = async (
  known: HeartbeatProfile,
  sessions: readonly Session[],
  deps: CheckDeps,
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
  // The device has moved to another region, which has a profile of its own.
  if (latestSignal(elsewhere) > Math.max(known.last, latestSignal(here))) return undefined;
  const activity = updateProfile(known, known.device, latestSignal(here));
  const fresh = withWake(activity, here[0], now()) ?? activity;
  if (now() < nextCheckAt(fresh)) return fresh;
  const checked = await checkSilentDevice(device, fresh, deps);
  if (fresh.silentAt === undefined && checked.silentAt !== undefined) deps.onSilent(device.fleet);
  return checked;
};
