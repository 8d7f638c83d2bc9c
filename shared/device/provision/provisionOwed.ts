import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Device } from "../device.ts";
import type { DeviceLink } from "../deviceLink.ts";
import type { Devices } from "../devices.ts";
import { moveTellsMax } from "../fleet/limits.ts";
import { sendAway } from "../fleet/moveDevice.ts";
import { admissionOf } from "../registry/certificate.ts";
import type { CertificateStore } from "../registry/certificateStore.ts";
import type { Owed, Provisioning, Registry } from "../registry/registry.ts";
import {
  connectRaceMs,
  owedDoubtMs,
  owedPageMax,
  owedSettleMs,
  provisionDevicesMax,
} from "./limits.ts";

interface Deps {
  readonly devices: Pick<Devices, "find">;
  readonly provisioning: Pick<Provisioning, "owed" | "owe" | "noteCut" | "settle">;
  readonly certificates: Pick<CertificateStore, "find">;
  /** This region's. */
  readonly registry: Pick<Registry, "region" | "align" | "move">;
  readonly link: Pick<DeviceLink, "send" | "presence" | "disconnect">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** How many devices this region knows as it should now, and how many it still does not. */
export interface Provisioned {
  provisioned: number;
  failed: number;
}

/**
 * Brings this region's registry in line with the rows of devices that it is owed: one after the other, because the
 * registry takes about ten requests a second. Each may be done again. Stops at `deadline` (milliseconds since 1970)
 * and after `provisionDevicesMax`; the next run goes on. One that fails does not keep the others from theirs.
 */
export const provisionOwed = async (deadline: number, deps: Deps): Promise<Provisioned> => {
  const count = { provisioned: 0, failed: 0 };
  let after: string | undefined;
  do {
    const limit = owedPageMax;
    const page = await deps.provisioning.owed({ limit, ...omitUndefined({ after }) });
    for (const owed of page.owed) {
      if (deps.now() >= deadline) return count;
      if (count.provisioned + count.failed >= provisionDevicesMax) return count;
      await provisionOne(owed, { count, deps });
    }
    after = page.next;
  } while (after !== undefined);
  return count;
};

const provisionOne = async (
  owed: Owed,
  { count, deps }: { count: Provisioned; deps: Deps },
): Promise<void> => {
  try {
    if (await bringInLine(owed, deps)) count.provisioned += 1;
  } catch (error) {
    count.failed += 1;
    deps.onError("a device is not in line", error);
  }
};

/** Returns `false` when it is too early. */
const bringInLine = async (owed: Owed, deps: Deps): Promise<boolean> => {
  const { devices, provisioning, now } = deps;
  const ageMs = now() - owed.since;
  if (ageMs < owedSettleMs || now() - (owed.movedAt ?? 0) < owedSettleMs) return false;
  let device = await devices.find(owed.device);
  // The move did not happen, or the row has not come from its region yet. The row is what counts in the end.
  if (device?.fleet !== owed.fleet && ageMs < owedDoubtMs) return false;
  let movedAt: number | undefined;
  for (let tells = 0; device !== undefined; tells += 1) {
    if (tells === moveTellsMax) throw new Error(`${device.id} is moved again and again`);
    movedAt = (await tellRegistry(device, owed, deps)) ?? movedAt;
    // A request that has moved it since may have told the registry before this one did.
    const row = await devices.find(owed.device);
    if (row === undefined || row.fleet === device.fleet) break;
    device = row;
  }
  // A connection that was being opened meanwhile is looked for in the next run.
  if (movedAt === undefined) await provisioning.settle(owed);
  else await provisioning.noteCut({ ...owed, movedAt }, deps.registry.region);
  return true;
};

/**
 * Brings the registry in line, and closes a connection that may have the rights of another fleet. Returns when the registry was
 * moved, if it was: a connection that was being opened then escapes the cut.
 */
const tellRegistry = async (
  device: Device,
  owed: Owed,
  { provisioning, certificates, registry, link, now }: Deps,
): Promise<number | undefined> => {
  const record = await certificates.find(device.id);
  let isMoved: boolean;
  if (record === undefined) {
    await registry.move(device.id, device.fleet);
    // Nobody knows where it was before.
    isMoved = owed.movedAt === undefined && owed.isKeyedByDevice === undefined;
  } else {
    // A crash between the registry and the connection leaves a connection with the rights of another fleet.
    if (!owed.mustCut) await provisioning.owe({ ...owed, mustCut: true }, [registry.region]);
    isMoved = await registry.align(device.id, device.fleet, admissionOf(record, now()));
  }
  const movedAt = isMoved ? now() : undefined;
  const mustCut = isMoved || owed.mustCut || owed.isKeyedByDevice;
  if (mustCut || (await mayBeEarlier(device, owed, link))) await sendAway(device, link);
  return movedAt;
};

/**
 * Whether the device has a connection that was opened before its registry entry was moved or at that moment. `connectedSince` is when the broker
 * authorized it; closing the connection of a client that is still connecting finds none.
 */
const mayBeEarlier = async (
  { id }: Device,
  { movedAt }: Owed,
  link: Pick<DeviceLink, "presence">,
): Promise<boolean> => {
  if (movedAt === undefined) return false;
  const { connected, since = 0 } = await link.presence(id);
  return connected && since <= movedAt + connectRaceMs;
};
