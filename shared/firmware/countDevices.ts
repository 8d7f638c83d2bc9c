import type { Devices } from "../device/device.ts";
import { latestHello, type Session, type Sessions } from "../presence/session.ts";
import { devicesCountedMax } from "./limits.ts";

export interface CountDeps {
  readonly devices: Pick<Devices, "list">;
  readonly sessions: Pick<Sessions, "list">;
}

/** The number of a firmware version that a device reports; `undefined` for another text. */
export const versionInHello = (firmware: string | undefined): number | undefined =>
  firmware !== undefined && /^\d{1,5}$/.test(firmware) ? Number(firmware) : undefined;

/**
 * The number of devices of a fleet that run each firmware version, by their latest hello. Counts
 * the first `devicesCountedMax` devices: of a larger fleet, the numbers are lower bounds.
 */
export const countDevices = async (
  fleet: string,
  { devices, sessions }: CountDeps,
): Promise<ReadonlyMap<number, number>> => {
  const ids = (await devices.list(fleet, devicesCountedMax)).map(({ id }) => id);
  const counts = new Map<number, number>();
  const byDevice = new Map<string, Session[]>();
  for (const session of ids.length === 0 ? [] : await sessions.list(ids)) {
    byDevice.set(session.device, [...(byDevice.get(session.device) ?? []), session]);
  }
  for (const own of byDevice.values()) {
    const version = versionInHello(latestHello(own)?.firmware);
    if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return counts;
};
