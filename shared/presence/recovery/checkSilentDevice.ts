import type { Device } from "../../device/device.ts";
import type { DeviceLink } from "../../device/deviceLink.ts";
import { controlTopic } from "../../platform/topic.ts";
import { type HeartbeatProfile, overdueAt } from "./heartbeatProfile.ts";
import {
  publishDeviceEvent,
  type RecoveryDeps,
  recordRecovery,
  recoverSession,
} from "./recoverSession.ts";

/** What looking up a silent device needs. */
export interface SilentCheckDeps extends RecoveryDeps {
  readonly link: RecoveryDeps["link"] & Pick<DeviceLink, "disconnect">;
}

/**
 * Looks up a device that is overdue, and answers its rhythm with what came of it. One that confirms a ping has nothing to
 * say, and that is its right. A connection that is open and does not confirm is dead: it is cut, so that the device, if it
 * is there, finds out and comes back by itself. The owner is told once that it is silent.
 *
 * Whoever dies on the way has it looked up again.
 */
export const checkSilentDevice = async (
  device: Device,
  known: HeartbeatProfile,
  deps: SilentCheckDeps,
): Promise<HeartbeatProfile> => {
  const { link, now } = deps;
  const at = now();
  const looked = { ...known, looks: (known.looks ?? 0) + 1 };
  const { connected } = await link.presence(device.id);
  const sent = connected ? await ping(device.id, link) : "offline";
  if (sent === "confirmed") return looked;
  if (sent === "unconfirmed") {
    await recordRecovery(device, { issue: "connection_dead", at }, deps);
    await link.disconnect(device.id);
  } else {
    await recoverSession(device, {}, deps);
  }
  if (known.silentAt !== undefined) return looked;
  await publishDeviceEvent(
    device.fleet,
    "silent",
    silence(device, known, sent === "unconfirmed"),
    deps,
  );
  return { ...looked, silentAt: at };
};

const ping = (device: string, { send }: Pick<DeviceLink, "send">) =>
  send(device, controlTopic(device), Buffer.from(JSON.stringify({ command: "ping" })));

const silence = ({ id }: Device, known: HeartbeatProfile, wasCut: boolean) => ({
  id,
  last_heard: new Date(known.last).toISOString(),
  expected_by: new Date(overdueAt(known)).toISOString(),
  connection_cut: wasCut,
});
