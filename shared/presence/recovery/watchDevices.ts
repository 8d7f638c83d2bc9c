import type { Devices } from "../../device/devices.ts";
import type { Heard } from "../../device/heard.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { presenceAskedAtOnceMax } from "../limits.ts";
import type { Session } from "../session.ts";
import type { Sessions } from "../sessions.ts";
import { recordHealing } from "./healDevice.ts";
import {
  heardObjectsMax,
  learnMs,
  rhythmForgottenMs,
  rhythmShards,
  silentLooksMax,
  wakeFreshMs,
  wakesReadMax,
} from "./limits.ts";
import { type LookUpDeps, lookUpSilent } from "./lookUpSilent.ts";
import { learn, lookUpAt, type Rhythm } from "./rhythm.ts";
import type { HeardDevices, Rhythms } from "./rhythms.ts";

interface Deps extends LookUpDeps {
  readonly devices: Pick<Devices, "find">;
  readonly sessions: Pick<Sessions, "find" | "put" | "list" | "listHere">;
  readonly heardDevices: Pick<HeardDevices, "list" | "read" | "remove">;
  readonly rhythms: Rhythms;
}

/** How many devices were heard that are being learned, and how many were looked up because they were overdue, or had been. */
export interface Watched {
  readonly heard: number;
  readonly looked: number;
}

/**
 * Learns devices' rhythms from what was heard of them, and looks up those that are overdue: one shard of the devices after the
 * other for `learnMs`, one at least; when not all have had their turn, the next run goes on. Only one at a time may run.
 *
 * What was heard is removed after all rhythms that it changes are written, and learning it again changes nothing: so it
 * does not matter where it dies. A device that was looked up and whose rhythm was not written is looked up again.
 */
export const watchDevices = async (deadline: number, deps: Deps): Promise<Watched> => {
  const { rhythms, heardDevices } = deps;
  const known = await rhythms.round();
  const wanted = known?.keys ?? (await heardDevices.list(heardObjectsMax));
  const { heard, keys } = await readHeard(wanted, deps);
  const { shard, overdue } = await learnInTurn(known?.shard ?? 0, heard, deps);
  if (shard < rhythmShards) {
    await rhythms.putRound({ keys, shard });
  } else {
    if (known !== undefined) await rhythms.putRound(undefined);
    await heardDevices.remove(keys);
  }
  await lookUpAll(overdue, deadline, deps);
  return { heard: heard.length, looked: overdue.length };
};

/** Answers which shard is next, and which devices of those that it learned are overdue. */
const learnInTurn = async (
  first: number,
  heard: readonly Heard[],
  deps: Deps,
): Promise<{ shard: number; overdue: Rhythm[] }> => {
  const { now } = deps;
  const until = now() + learnMs;
  const byShard = Map.groupBy(heard, ({ device }) => shardOf(device));
  const wakes = { left: wakesReadMax };
  const overdue: Rhythm[] = [];
  let shard = first;
  do {
    const rhythms = await learnAll(shard, byShard.get(shard) ?? [], { ...deps, wakes });
    const due = rhythms.filter((one) => isDue(one, now()));
    overdue.push(...due.slice(0, silentLooksMax - overdue.length));
    shard += 1;
  } while (shard < rhythmShards && now() < until);
  return { shard, overdue };
};

/** Every shard has devices of every fleet. */
const shardOf = (device: string): number => Number.parseInt(device.slice(-4), 16) % rhythmShards;

/** Overdue, or back again after it was. */
const isDue = (known: Rhythm, now: number): boolean => isBack(known) || now >= lookUpAt(known);

const isBack = ({ silentAt, last }: Rhythm): boolean => silentAt !== undefined && last > silentAt;

/** What cannot be read now stays; the other objects do not wait for it. */
const readHeard = async (
  wanted: readonly string[],
  { heardDevices, onError }: Deps,
): Promise<{ heard: Heard[]; keys: string[] }> => {
  const heard: Heard[] = [];
  const keys: string[] = [];
  await mapConcurrently(wanted, presenceAskedAtOnceMax, async (key) => {
    try {
      heard.push(...(await heardDevices.read(key)));
      keys.push(key);
    } catch (error) {
      onError("heard devices not read", error);
    }
  });
  return { heard: heard.toSorted((a, b) => a.at - b.at), keys };
};

/** The rhythms of a shard, with what was heard, written if that changed any. */
const learnAll = async (
  shard: number,
  heard: readonly Heard[],
  deps: Deps & { readonly wakes: { left: number } },
): Promise<Rhythm[]> => {
  const { rhythms, now } = deps;
  const known = new Map((await rhythms.read(shard)).map((one) => [one.device, one]));
  let isChanged = false;
  for (const { device, at } of heard) {
    const before = known.get(device);
    const after = learn(before, device, at);
    isChanged ||= after !== before;
    known.set(device, after);
  }
  const ids = new Set(heard.map(({ device }) => device));
  const asked = [...ids].flatMap((id) => known.get(id) ?? []).filter(isWakeOld(now()));
  for (const one of await withWakes(asked, deps)) {
    known.set(one.device, one);
    isChanged = true;
  }
  const kept = [...known.values()].filter(({ last }) => last > now() - rhythmForgottenMs);
  if (isChanged) await rhythms.write(shard, kept);
  return kept;
};

const isWakeOld =
  (now: number) =>
  ({ wakeReadAt = 0 }: Rhythm): boolean =>
    now >= wakeReadAt + wakeFreshMs;

/** Those of which a hello is known, with the wake interval that it says. */
const withWakes = async (
  wanted: readonly Rhythm[],
  { sessions, wakes, now, onError }: Deps & { readonly wakes: { left: number } },
): Promise<Rhythm[]> => {
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

const withWake = (known: Rhythm, session: Session | undefined, now: number): Rhythm | undefined =>
  session?.hello && { ...known, wake: (session.hello.wake ?? 0) * 1_000, wakeReadAt: now };

const lookUpAll = async (
  overdue: readonly Rhythm[],
  deadline: number,
  deps: Deps,
): Promise<void> => {
  if (overdue.length === 0) return;
  const { sessions, rhythms, now, onError } = deps;
  const found = await sessions.list(overdue.map(({ device }) => device));
  const ofDevice = Map.groupBy(found, ({ device }) => device);
  const after = new Map<string, Rhythm | undefined>();
  await mapConcurrently(overdue, presenceAskedAtOnceMax, async (known) => {
    if (now() >= deadline) return;
    try {
      after.set(known.device, await lookUp(known, ofDevice.get(known.device) ?? [], deps));
    } catch (error) {
      onError("silent device not looked up", error);
    }
  });
  for (const shard of new Set([...after.keys()].map(shardOf))) {
    const known = await rhythms.read(shard);
    const next = known.flatMap((one) =>
      after.has(one.device) ? (after.get(one.device) ?? []) : one,
    );
    await rhythms.write(shard, next);
  }
};

/** The rhythm of a device after it was looked up; `undefined` when it is to be forgotten here. */
const lookUp = async (
  known: Rhythm,
  sessions: readonly Session[],
  deps: Deps,
): Promise<Rhythm | undefined> => {
  const { devices, link, now } = deps;
  const device = await devices.find(known.device);
  if (device === undefined) return undefined;
  if (isBack(known)) {
    await recordHealing(device, { ill: "silent", at: known.last }, deps);
    const { silentAt: _, ...rest } = known;
    return rest;
  }
  const signs = (all: readonly Session[]): number =>
    Math.max(0, ...all.flatMap(({ handshakeAt = 0, helloAt = 0 }) => [handshakeAt, helloAt]));
  const [here, elsewhere] = [
    sessions.filter(({ region }) => region === link.region),
    sessions.filter(({ region }) => region !== link.region),
  ];
  // It moved: the region where it is now follows it.
  if (signs(elsewhere) > Math.max(known.last, signs(here))) return undefined;
  const heard = learn(known, known.device, signs(here));
  const fresh = withWake(heard, here[0], now()) ?? heard;
  return now() < lookUpAt(fresh) ? fresh : lookUpSilent(device, fresh, deps);
};
