import { type DeadLetters, deadLetterKeyOf } from "../delivery/deadLetter.ts";
import { jobPageMax } from "../delivery/limits.ts";
import type { Device, Devices } from "../device/device.ts";
import { devicesMovedAtOnceMax } from "../device/fleet/limits.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import type { FleetRouting } from "../integration/model/integrations.ts";
import type { UsageLimits } from "../limit/usageLimit.ts";
import { Failure } from "../platform/failure.ts";
import { mapConcurrently } from "../platform/mapConcurrently.ts";
import { removalCountedMax, removalDevicesPageMax, removalRecheckMs } from "./limits.ts";

/** Stores of a fleet's devices, integrations and dead letters. */
export interface FleetDeps {
  readonly devices: Pick<Devices, "find" | "list">;
  /** Removes one device from the fleet. */
  readonly release: (device: Device) => Promise<void>;
  readonly integrations: {
    fleetRouting(
      fleet: string,
    ): Promise<Pick<FleetRouting<IntegrationMatcher>, "integrations" | "unreadable">>;
    remove(fleet: string, id: string): Promise<boolean>;
  };
  readonly limits: Pick<UsageLimits, "ofFleet" | "remove">;
  readonly deadLetters: Pick<DeadLetters, "list" | "remove">;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** The number of resources in a fleet. A number that equals its limit may be larger. */
export interface FleetContents {
  readonly devices: number;
  readonly integrations: number;
  /** Up to `removalCountedMax`. */
  readonly deadLetters: number;
}

/** Counts the resources of a fleet, up to `removalCountedMax` of each kind. */
export const countFleet = async (fleet: string, deps: FleetDeps): Promise<FleetContents> => {
  const devices = await deps.devices.list(fleet, removalCountedMax);
  const ids = await integrationIds(fleet, deps);
  let deadLetters = 0;
  for (const id of ids) {
    let after: string | undefined;
    do {
      const page = await deps.deadLetters.list(id, { limit: jobPageMax, after });
      deadLetters = Math.min(deadLetters + page.deadLetters.length, removalCountedMax);
      after = page.next;
    } while (after !== undefined && deadLetters < removalCountedMax);
  }
  return { devices: devices.length, integrations: ids.length, deadLetters };
};

/**
 * Releases a fleet's devices, then removes its integrations with their dead letters, and its usage
 * limits. Stops at `deadline`, in milliseconds since 1970. Returns how many devices or integrations
 * remain at least; 0 when it is complete. May be repeated.
 */
export const emptyFleet = async (
  fleet: string,
  deadline: number,
  deps: FleetDeps,
): Promise<{ left: number }> => {
  // The index of devices is eventually consistent: list the devices again after a pause.
  for (let looks = 0; looks < 2; looks += 1) {
    const left = await releaseDevices(fleet, deadline, deps);
    if (left > 0) return { left };
    await deps.wait(removalRecheckMs);
  }
  const ids = await integrationIds(fleet, deps);
  for (const [done, id] of ids.entries()) {
    const isEmpty = await removeDeadLetters(id, deadline, deps);
    if (!isEmpty) return { left: ids.length - done };
    await deps.integrations.remove(fleet, id);
    // Dead letters that arrived in between. Later ones expire with the other dead letters.
    await removeDeadLetters(id, deadline, deps);
  }
  for (const { id } of (await deps.limits.ofFleet(fleet)).limits) {
    await deps.limits.remove(fleet, id);
  }
  return { left: 0 };
};

const releaseDevices = async (
  fleet: string,
  deadline: number,
  { devices, release, now }: FleetDeps,
): Promise<number> => {
  const seen = new Set<string>();
  for (;;) {
    const page = await devices.list(fleet, removalDevicesPageMax + seen.size);
    const fresh = page.filter(({ id }) => !seen.has(id)).slice(0, removalDevicesPageMax);
    if (fresh.length === 0) return 0;
    for (let from = 0; from < fresh.length; from += devicesMovedAtOnceMax) {
      if (now() >= deadline) return fresh.length - from;
      const some = fresh.slice(from, from + devicesMovedAtOnceMax);
      await mapConcurrently(some, devicesMovedAtOnceMax, async ({ id }) => {
        // Read the current row: the list may be outdated.
        const device = await devices.find(id);
        if (device?.fleet === fleet) await release(device).catch(ignoreConflict);
        seen.add(id);
      });
    }
  }
};

/** Another request moved the device concurrently. */
const ignoreConflict = (error: unknown): void => {
  if (!(error instanceof Failure && error.code === "conflict")) throw error;
};

const integrationIds = async (fleet: string, { integrations }: FleetDeps): Promise<string[]> => {
  const found = await integrations.fleetRouting(fleet);
  return [...found.integrations.map(({ id }) => id), ...found.unreadable.keys()];
};

/** Returns whether none remain. */
const removeDeadLetters = async (
  integration: string,
  deadline: number,
  { deadLetters, now }: FleetDeps,
): Promise<boolean> => {
  let after: string | undefined;
  while (now() < deadline) {
    const page = await deadLetters.list(integration, { limit: jobPageMax, after });
    await deadLetters.remove(integration, page.deadLetters.map(deadLetterKeyOf));
    after = page.next;
    if (after === undefined) return true;
  }
  return false;
};
