import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Device, Devices } from "../device.ts";
import type { DeviceLink } from "../deviceLink.ts";
import { moveAttemptsMax } from "../fleet/limits.ts";
import { notifyAndDisconnect } from "../fleet/moveDevice.ts";
import { type CertificateStore, desiredCertificates } from "../registry/certificate.ts";
import type { PendingProvision, Provisioning, Registry } from "../registry/registry.ts";
import {
  connectRaceMs,
  pendingPageMax,
  pendingRecheckMs,
  provisionDevicesMax,
  replicationWaitMs,
} from "./limits.ts";

interface Deps {
  readonly devices: Pick<Devices, "find">;
  readonly provisioning: Pick<
    Provisioning,
    "listPending" | "addPending" | "recordDisconnect" | "completePending"
  >;
  readonly certificates: Pick<CertificateStore, "find">;
  /** The registry of this region. */
  readonly registry: Pick<Registry, "region" | "align" | "move">;
  readonly link: Pick<DeviceLink, "send" | "presence" | "disconnect">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** The number of devices that this region updated, and of failures. */
export interface ProvisionCount {
  provisioned: number;
  failed: number;
}

/**
 * Updates this region's registry to the rows of devices with pending work, in sequence, because the
 * registry accepts about ten requests a second. Each update is idempotent. Stops at `deadline`
 * (milliseconds since 1970) and after `provisionDevicesMax`; the next run continues. A failure does
 * not stop the others.
 */
export const applyPendingProvisions = async (
  deadline: number,
  deps: Deps,
): Promise<ProvisionCount> => {
  const count = { provisioned: 0, failed: 0 };
  let after: string | undefined;
  do {
    const limit = pendingPageMax;
    const page = await deps.provisioning.listPending({ limit, ...omitUndefined({ after }) });
    for (const pending of page.pending) {
      if (deps.now() >= deadline) return count;
      if (count.provisioned + count.failed >= provisionDevicesMax) return count;
      await provisionOne(pending, { count, deps });
    }
    after = page.next;
  } while (after !== undefined);
  return count;
};

const provisionOne = async (
  pending: PendingProvision,
  { count, deps }: { count: ProvisionCount; deps: Deps },
): Promise<void> => {
  try {
    if (await applyProvision(pending, deps)) count.provisioned += 1;
  } catch (error) {
    count.failed += 1;
    deps.onError("updating a device's registration failed", error);
  }
};

/** Returns `false` if it is too early. */
const applyProvision = async (pending: PendingProvision, deps: Deps): Promise<boolean> => {
  const { devices, provisioning, now } = deps;
  const ageMs = now() - pending.since;
  if (ageMs < pendingRecheckMs || now() - (pending.movedAt ?? 0) < pendingRecheckMs) return false;
  let device = await devices.find(pending.device);
  // The move failed, or the row is not replicated yet. In the end the row is authoritative.
  if (device?.fleet !== pending.fleet && ageMs < replicationWaitMs) return false;
  let movedAt: number | undefined;
  for (let attempts = 0; device !== undefined; attempts += 1) {
    if (attempts === moveAttemptsMax) throw new Error(`${device.id} is moved too often`);
    movedAt = (await updateRegistry(device, pending, deps)) ?? movedAt;
    // A request that has moved it since may have updated the registry before this run did.
    const row = await devices.find(pending.device);
    if (row === undefined || row.fleet === device.fleet) break;
    device = row;
  }
  // The next run checks for a connection that was being opened meanwhile.
  if (movedAt === undefined) await provisioning.completePending(pending);
  else await provisioning.recordDisconnect({ ...pending, movedAt }, deps.registry.region);
  return true;
};

/**
 * Updates the registry, and closes a connection that may have the permissions of another fleet.
 * Returns the time of a move in the registry: a connection that was being opened then is not
 * closed.
 */
const updateRegistry = async (
  device: Device,
  pending: PendingProvision,
  { provisioning, certificates, registry, link, now }: Deps,
): Promise<number | undefined> => {
  const record = await certificates.find(device.id);
  let isMoved: boolean;
  if (record === undefined) {
    await registry.move(device.id, device.fleet);
    // The former fleet is unknown.
    isMoved = pending.movedAt === undefined && pending.isKeyedByDevice === undefined;
  } else {
    // A crash between the two steps leaves a connection with the permissions of another fleet.
    if (!pending.mustDisconnect)
      await provisioning.addPending({ ...pending, mustDisconnect: true }, [registry.region]);
    isMoved = await registry.align(device.id, device.fleet, desiredCertificates(record, now()));
  }
  const movedAt = isMoved ? now() : undefined;
  const mustDisconnect = isMoved || pending.mustDisconnect || pending.isKeyedByDevice;
  if (mustDisconnect || (await mayPredateMove(device, pending, link)))
    await notifyAndDisconnect(device, link);
  return movedAt;
};

/**
 * Whether the device has a connection that was opened before its registry entry was moved or at
 * that moment. `connectedSince` is when the broker authorized it; closing the connection of a
 * client that is still connecting finds none.
 */
const mayPredateMove = async (
  { id }: Device,
  { movedAt }: PendingProvision,
  link: Pick<DeviceLink, "presence">,
): Promise<boolean> => {
  if (movedAt === undefined) return false;
  const { connected, since = 0 } = await link.presence(id);
  return connected && since <= movedAt + connectRaceMs;
};
