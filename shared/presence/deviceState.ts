import type { Device } from "../device/device.ts";
import type { DeviceLink, Presence } from "../device/deviceLink.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { presenceAskedAtOnceMax } from "./limits.ts";
import { type Hello, latestHello, type Session, type Sessions } from "./session.ts";

/** A device with its connection and sessions. */
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
  /** A session or a broker could not be read; the state lacks it. */
  readonly onError: (what: string, error: unknown) => void;
}

/** The state of one device. Queries the broker of every region. */
export const deviceState = async (device: Device, deps: Deps): Promise<DeviceState> => {
  const sessions = await knownSessions([device.id], deps);
  return stateOf(device, sessions, deps.links, deps);
};

/**
 * The sessions of devices; none if the table cannot be read, because the broker has the presence.
 */
export const knownSessions = async (
  ids: readonly string[],
  { sessions, onError }: Pick<Deps, "sessions" | "onError">,
): Promise<Session[]> => {
  try {
    return await sessions.list(ids);
  } catch (error) {
    onError("reading sessions failed", error);
    return [];
  }
};

/**
 * A device's state from its sessions and the brokers of `links`, in order, until one has the
 * device. Fails if the query of the first broker fails and no other broker has the device: a failed
 * query does not make a device offline. A failed query of another region counts as disconnected
 * there.
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
      else onError(`querying the broker of ${link.region} failed`, error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { ...known, presence: { connected: false } };
};

/** The dependencies of `deviceStates`. */
export interface StatesDeps {
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "presence">[];
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * The states of devices, in their order. Queries this region's broker for each device, and another
 * broker only if the device has a connected session there: to query all brokers would multiply the
 * time by the number of regions.
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

/** The time of a device's last connect, in milliseconds since 1970; 0 if unknown. */
export const lastConnectedAt = ({ presence, sessions }: DeviceState): number =>
  Math.max(
    presence.connected ? (presence.since ?? 0) : 0,
    ...sessions.map(({ handshakeAt = 0 }) => handshakeAt),
  );

/**
 * The time of the last stored activity of a device: a connect, a disconnect or a hello. In
 * milliseconds since 1970; 0 if unknown.
 */
export const lastHeardAt = ({
  presence,
  sessions,
}: Pick<DeviceState, "presence" | "sessions">): number =>
  Math.max(
    presence.connected ? (presence.since ?? 0) : 0,
    ...sessions.flatMap(({ at, helloAt = 0 }) => [at, helloAt]),
  );

/** A device's state from its sessions alone, without a query of the brokers. */
export const stateFromSessions = (device: Device, sessions: readonly Session[]): DeviceState => {
  const connected = sessions.filter((one) => one.connected);
  const hello = latestHello(sessions);
  const since = Math.max(...connected.map((one) => one.since));
  const presence = connected.length > 0 ? { connected: true, since } : { connected: false };
  return { device, presence, sessions, ...(hello && { hello }) };
};
