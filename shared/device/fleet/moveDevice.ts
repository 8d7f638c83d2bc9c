import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../platform/failure.ts";
import { controlTopic } from "../../platform/topic.ts";
import type { Device, Devices } from "../device.ts";
import type { DeviceLink } from "../deviceLink.ts";
import type { PendingProvision, Provisioning, Registries } from "../registry/registry.ts";
import { moveAttemptsMax } from "./limits.ts";

/** What moving a device needs. */
export interface MoveDeps {
  readonly devices: Pick<Devices, "find" | "replace">;
  readonly registries: Registries<"move">;
  readonly provisioning: Pick<Provisioning, "addPending" | "recordDisconnect">;
  readonly links: readonly Pick<DeviceLink, "region" | "send" | "disconnect">[];
  readonly now: () => number;
  /** The device, or a region, could not be told; it learns it later. */
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Moves a device into the fleet of `after`, and returns the row as written. The conditional write of the row decides:
 * when several requests move one device, one wins, and each other one fails with `conflict` before it has changed anything.
 *
 * A crash at any point converges to the row (docs/adr/0011):
 * 1. Each region gets pending work for the device and its new fleet. A crash here leaves work that changes nothing.
 * 2. The row. From here on the pending work brings every region in line.
 * 3. The registries, then the device's connections, then the row again: when another request has moved the device since,
 *    this one tells the registries the newer fleet, because its own message may have arrived last.
 */
export const moveDevice = async (
  before: Device,
  after: Device,
  deps: MoveDeps,
): Promise<Device> => {
  const { provisioning, now } = deps;
  const pending: PendingProvision = {
    device: after.id,
    fleet: after.fleet,
    since: now(),
    mustDisconnect: true,
  };
  await provisioning.addPending(pending, regionsOf(deps));
  const written = await writeRow(before, { after, pending }, deps);
  await applyToRegions(written, pending, deps);
  return written;
};

const writeRow = async (
  before: Device,
  { after, pending }: { after: Device; pending: PendingProvision },
  deps: MoveDeps,
): Promise<Device> => {
  try {
    return await deps.devices.replace(after, before);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "conflict") throw error;
    const row = await deps.devices.find(after.id);
    // The write was repeated because its answer was lost: the first one had succeeded.
    const hasOwnMessage = isDeepStrictEqual(row, {
      ...after,
      revision: (before.revision ?? 0) + 1,
    });
    if (hasOwnMessage && row !== undefined) return row;
    // Pending work for the winner's fleet stays as it is: it may be the winner's.
    if (row?.fleet !== after.fleet) await recordDisconnects(regionsOf(deps), pending, deps);
    throw error;
  }
};

/** Tells every region, and again while the row changes. What is not told here stays pending work of its region. */
const applyToRegions = async (
  written: Device,
  pending: PendingProvision,
  deps: MoveDeps,
): Promise<void> => {
  let updated = written;
  for (let attempts = 0; attempts < moveAttemptsMax; attempts += 1) {
    const { regions, movedAt } = await updateRegistries(updated, deps);
    const row = await currentRow(updated, deps);
    if (row === "unknown") return;
    if (row === undefined || row.fleet === updated.fleet) {
      return recordDisconnects(regions, { ...pending, movedAt }, deps);
    }
    updated = row;
  }
};

const currentRow = async (
  { id }: Device,
  { devices, onError }: MoveDeps,
): Promise<Device | "unknown" | undefined> => {
  try {
    return await devices.find(id);
  } catch (error) {
    onError("a moved device is not checked", error);
    return "unknown";
  }
};

/**
 * Tells the registries and closes the device's connections. Returns the regions where both succeeded, and when the registries were told.
 */
const updateRegistries = async (
  device: Device,
  { registries, links, now, onError }: MoveDeps,
): Promise<{ regions: string[]; movedAt: number }> => {
  const updated = registries.map(async ({ region, move }): Promise<string[]> => {
    try {
      await move(device.id, device.fleet);
      return [region];
    } catch (error) {
      onError(`a device is not moved in ${region}`, error);
      return [];
    }
  });
  const moved = new Set((await Promise.all(updated)).flat());
  const movedAt = now();
  const cut = links.map(async (link): Promise<string[]> => {
    try {
      await notifyAndDisconnect(device, link);
      return moved.has(link.region) ? [link.region] : [];
    } catch (error) {
      onError("device not told of its fleet", error);
      return [];
    }
  });
  return { regions: (await Promise.all(cut)).flat(), movedAt };
};

const regionsOf = ({ registries }: MoveDeps): string[] => registries.map(({ region }) => region);

/**
 * The pending work of these regions remains as a check of the registry and, with `movedAt`, of a connection that was being opened at
 * that time. When this fails, a connection is closed once more.
 */
const recordDisconnects = async (
  regions: readonly string[],
  pending: PendingProvision,
  { provisioning, onError }: MoveDeps,
): Promise<void> => {
  try {
    for (const region of regions) await provisioning.recordDisconnect(pending, region);
  } catch (error) {
    onError("a closed connection is not noted", error);
  }
};

/** Tells a device its fleet, and ends its connection: what it may do is decided when it connects. */
export const notifyAndDisconnect = async (
  device: Pick<Device, "id" | "fleet">,
  link: Pick<DeviceLink, "send" | "disconnect">,
): Promise<void> => {
  await sendFleet(device, link);
  await link.disconnect(device.id);
};

/** Tells a device which fleet it is in. */
export const sendFleet = async (
  { id, fleet }: Pick<Device, "id" | "fleet">,
  { send }: Pick<DeviceLink, "send">,
): Promise<void> => {
  const message = JSON.stringify({ command: "fleet", fleet });
  await send(id, controlTopic(id), Buffer.from(message));
};
