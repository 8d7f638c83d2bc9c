import { presenceAskedAtOnceMax } from "../limits.ts";
import type { Broker, Devices, Presence } from "../ports.ts";
import type { Device } from "./device.ts";

/** A fleet's devices with what the broker says of each; the latest connected first. */
export const listDevices = async (
  fleet: string,
  { devices, broker }: { devices: Devices; broker: Pick<Broker, "presence"> },
): Promise<{ device: Device; presence: Presence }[]> => {
  const waiting = await devices.list(fleet);
  const listed: { device: Device; presence: Presence }[] = [];
  const ask = async (): Promise<void> => {
    for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) {
      listed.push({ device, presence: await broker.presence(device.id) });
    }
  };
  await Promise.all(Array.from({ length: presenceAskedAtOnceMax }, ask));
  return listed.sort(
    (a, b) =>
      (b.presence.since ?? 0) - (a.presence.since ?? 0) || a.device.id.localeCompare(b.device.id),
  );
};
