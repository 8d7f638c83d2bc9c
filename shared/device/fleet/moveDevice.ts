import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../platform/failure.ts";
import { controlTopic } from "../../platform/topic.ts";
import { encodeControl } from "../controlMessage.ts";
import type { Device, Devices } from "../device.ts";
import type { DeviceLink } from "../deviceLink.ts";
import type { PendingProvision, Provisioning, Registries } from "../registry/registry.ts";
import { moveAttemptsMax } from "./limits.ts";

/** The dependencies of `moveDevice`. */
export interface MoveDeps {
  readonly devices: Pick<Devices, "find" | "replace">;
  readonly registries: Registries<"move">;
  readonly provisioning: Pick<Provisioning, "addPending" | "recordDisconnect">;
  readonly links: readonly Pick<DeviceLink, "region" | "send" | "disconnect">[];
  readonly now: () => number;
  /** A device or a region could not be updated; pending work repeats it. */
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Moves a device into the fleet of `after`, and returns the row as written. The conditional write
 * of the row decides: if several requests move one device, one wins, and each other one fails with
 * `conflict` before it has changed anything.
 *
 * A crash at any point converges to the row (docs/adr/0011):
 * 1. Add pending work of each region for the device and its new fleet. After a crash here it
 *    changes nothing.
 * 2. Write the row. From here on the pending work updates every region.
 * 3. Update the registries, close the device's connections, then read the row again: if another
 *    request has moved the device since, update the registries to the newer fleet, because this
 *    request's update may have arrived last.
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
    // The SDK has retried a write that had succeeded.
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

/**
 * Updates every region, and repeats it while the row changes. Pending work of the region completes
 * the rest.
 */
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
    onError("reading a moved device failed", error);
    return "unknown";
  }
};

/**
 * Updates the registries and closes the device's connections. Returns the regions where both
 * succeeded, and the time after the updates of the registries.
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
      onError(`moving a device in ${region} failed`, error);
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
      onError("disconnecting a moved device failed", error);
      return [];
    }
  });
  return { regions: (await Promise.all(cut)).flat(), movedAt };
};

const regionsOf = ({ registries }: MoveDeps): string[] => registries.map(({ region }) => region);

/**
 * Records the disconnect in the pending work of these regions. The work remains as a check of the
 * registry and, with `movedAt`, of a connection that was being opened at that time. If this fails,
 * a connection is closed once more.
 */
const recordDisconnects = async (
  regions: readonly string[],
  pending: PendingProvision,
  { provisioning, onError }: MoveDeps,
): Promise<void> => {
  try {
    for (const region of regions) await provisioning.recordDisconnect(pending, region);
  } catch (error) {
    onError("recording a disconnect failed", error);
  }
};

/**
 * Sends a device its fleet and closes its connection: the broker evaluates the policy at the
 * connect.
 */
export const notifyAndDisconnect = async (
  device: Pick<Device, "id" | "fleet">,
  link: Pick<DeviceLink, "send" | "disconnect">,
): Promise<void> => {
  await sendFleet(device, link);
  await link.disconnect(device.id);
};

/** Sends a device its fleet. */
export const sendFleet = async (
  { id, fleet }: Pick<Device, "id" | "fleet">,
  { send }: Pick<DeviceLink, "send">,
): Promise<void> => {
  await send(id, controlTopic(id), encodeControl({ command: "fleet", fleet }));
};
