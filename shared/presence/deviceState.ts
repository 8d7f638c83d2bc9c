import type { Device } from "../device/device.ts";
import type { DeviceLink, Presence } from "../device/deviceLink.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { presenceAskedAtOnceMax } from "./limits.ts";
import { type Hello, latestHello, type Session, type Sessions } from "./session.ts";

/** A device with all that is known of its connection. */
export interface DeviceState {
  readonly device: Device;
  readonly presence: Presence;
  readonly sessions: readonly Session[];
  readonly hello?: Hello;
}

interface Deps {
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "presence">[];
  /** A session or a broker could not be read: less is known. */
  readonly onError: (what: string, error: unknown) => void;
}

/** What is known of one device: every region's broker is asked. */
export const deviceState = async (device: Device, deps: Deps): Promise<DeviceState> => {
  const sessions = await knownSessions([device.id], deps);
  return stateOf(device, sessions, deps.links, deps);
};

/** The sessions of devices; none while the table cannot be read, for presence is asked of the broker. */
export const knownSessions = async (
  ids: readonly string[],
  { sessions, onError }: Pick<Deps, "sessions" | "onError">,
): Promise<Session[]> => {
  try {
    return await sessions.list(ids);
  } catch (error) {
    onError("sessions not read", error);
    return [];
  }
};

/**
 * A device's state from its sessions and the brokers of `links`, one after the other until one has it. Fails when
 * the first cannot be asked and no other has it: a device is not called offline because nobody answers. Another
 * region that does not answer is taken not to have it.
 */
export const stateOf = async (
  device: Device,
  sessions: readonly Session[],
  links: Deps["links"],
  { onError }: Pick<Deps, "onError">,
): Promise<DeviceState> => {
  const hello = latestHello(sessions);
  const known = { device, sessions, ...(hello && { hello }) };
  const failures: unknown[] = [];
  for (const [i, link] of links.entries()) {
    try {
      const presence = await link.presence(device.id);
      if (presence.connected) return { ...known, presence };
    } catch (error) {
      if (i === 0) failures.push(error);
      else onError(`the broker of ${link.region} not asked`, error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { ...known, presence: { connected: false } };
};

/** What it takes to tell the states of several devices. */
export interface StatesDeps {
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "presence">[];
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * What is known of devices, in their order. This region's broker is asked about each, another one where a
 * session says that the device is there: to ask all of all would take regions times as long.
 */
export const deviceStates = async (
  devices: readonly Device[],
  deps: StatesDeps,
): Promise<DeviceState[]> => {
  const ids = devices.map(({ id }) => id);
  const rows = Map.groupBy(await knownSessions(ids, deps), ({ device }) => device);
  return mapConcurrently(devices, presenceAskedAtOnceMax, (device) => {
    const sessions = rows.get(device.id) ?? [];
    return stateOf(device, sessions, likelyLinks(sessions, deps), deps);
  });
};

const likelyLinks = (sessions: readonly Session[], { links }: StatesDeps): StatesDeps["links"] => {
  const there = new Set(sessions.filter(({ connected }) => connected).map(({ region }) => region));
  return links.filter(({ region }, i) => i === 0 || there.has(region));
};

/** When a device last connected, in milliseconds since 1970; 0 when that is not known. */
export const lastConnectedAt = ({ presence, sessions }: DeviceState): number =>
  Math.max(
    presence.connected ? (presence.since ?? 0) : 0,
    ...sessions.map(({ handshakeAt = 0 }) => handshakeAt),
  );
