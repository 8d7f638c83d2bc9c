import { encodeControl } from "../../device/controlMessage.ts";
import type { Device } from "../../device/device.ts";
import type { DeviceLink } from "../../device/deviceLink.ts";
import { controlTopic } from "../../platform/topic.ts";
import { type HeartbeatProfile, overdueAt } from "./heartbeatProfile.ts";
import {
  deviceEvent,
  publishDeviceEvent,
  type RecoveryDeps,
  recordRecovery,
  recoverSession,
} from "./recoverSession.ts";

/** The dependencies of `checkSilentDevice`. */
export interface SilentCheckDeps extends RecoveryDeps {
  readonly link: RecoveryDeps["link"] & Pick<DeviceLink, "disconnect">;
}

/**
 * Checks an overdue device, and returns its updated heartbeat profile. The owner receives one
 * `device/silent`.
 *
 * | Connection | Ping | Effect |
 * |---|---|---|
 * | open | confirmed | none: the device is idle |
 * | open | not confirmed | the connection is dead: it is closed, so that the device notices it and reconnects |
 * | none | not sent | the session is reconciled |
 *
 * After a crash the next run checks the device again.
 */
export const checkSilentDevice = async (
  device: Device,
  known: HeartbeatProfile,
  deps: SilentCheckDeps,
): Promise<HeartbeatProfile> => {
  const { link, now } = deps;
  const at = now();
  const checked = { ...known, looks: (known.looks ?? 0) + 1 };
  const { connected } = await link.presence(device.id);
  const sent = connected ? await ping(device.id, link) : "offline";
  if (sent === "confirmed") return checked;
  if (sent === "unconfirmed") {
    await recordRecovery(device, { issue: "connection_dead", at }, deps);
    await link.disconnect(device.id);
  } else {
    await recoverSession(device, {}, deps);
  }
  if (known.silentAt !== undefined) return checked;
  const details = silence(device, known, sent === "unconfirmed");
  await publishDeviceEvent(device.fleet, deviceEvent("silent", details, link), deps);
  return { ...checked, silentAt: at };
};

const ping = (device: string, { send }: Pick<DeviceLink, "send">) =>
  send(device, controlTopic(device), encodeControl({ command: "ping" }));

const silence = ({ id }: Device, known: HeartbeatProfile, wasCut: boolean) => ({
  id,
  last_heard: new Date(known.last).toISOString(),
  expected_by: new Date(overdueAt(known)).toISOString(),
  connection_cut: wasCut,
});
