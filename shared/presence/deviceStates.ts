import type { Device } from "../device/device.ts";
import type { DeviceLink } from "../device/deviceLink.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { type DeviceState, knownSessions, stateOf } from "./deviceState.ts";
import { presenceAskedAtOnceMax } from "./limits.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

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
export const lastHandshake = ({ presence, sessions }: DeviceState): number =>
  Math.max(
    presence.connected ? (presence.since ?? 0) : 0,
    ...sessions.map(({ handshakeAt = 0 }) => handshakeAt),
  );
