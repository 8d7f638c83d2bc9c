import type { Device } from "../device/device.ts";
import type { DeviceLink, Presence } from "../device/deviceLink.ts";
import { type Hello, latestHello, type Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

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
