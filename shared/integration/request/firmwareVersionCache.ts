import type { DeviceEvent } from "../../event/deviceEvent.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { apiPublisher, cloudPublisher } from "../../platform/topic.ts";
import type { Sessions } from "../../presence/session.ts";
import type { Integration } from "../model/integration.ts";
import { versionFreshMs, versionsCachedMax } from "./limits.ts";

/** Firmware versions from the last hello of each device. */
export interface FirmwareVersionCache {
  /**
   * Returns the firmware version of an event's device. `undefined` if the integration's templates
   * do not use it or the device has not reported one. Fails if it cannot be read.
   */
  of(
    event: DeviceEvent,
    integration: Integration,
  ): string | undefined | Promise<string | undefined>;
}

/**
 * Reads versions from sessions, at most once per `versionFreshMs` and device. Integrations that do
 * not use the version cost no read.
 */
export const firmwareVersionCache = ({
  sessions,
  now,
}: {
  sessions: Pick<Sessions, "list">;
  now: () => number;
}): FirmwareVersionCache => {
  const using = new WeakMap<Integration, boolean>();
  const known = new BoundedMap<
    string,
    { readonly at: number; readonly version: Promise<string | undefined> }
  >(versionsCachedMax);

  const isUsed = (integration: Integration): boolean => {
    const before = using.get(integration);
    if (before !== undefined) return before;
    const { signing: _, ...settings } = integration;
    const found = JSON.stringify(settings).includes("PRODUCT_VERSION");
    using.set(integration, found);
    return found;
  };

  const read = async (device: string): Promise<string | undefined> => {
    const found = await sessions.list([device]);
    const [latest] = found.toSorted((one, other) => (other.helloAt ?? 0) - (one.helloAt ?? 0));
    return latest?.hello?.firmware;
  };

  const remembered = (device: string): Promise<string | undefined> => {
    const before = known.get(device);
    const isFresh = (at: number): boolean =>
      isUnexpired(at + versionFreshMs, { now: now(), ms: versionFreshMs });
    if (before !== undefined && isFresh(before.at)) return before.version;
    const version = read(device);
    known.set(device, { at: now(), version });
    version.catch(() => known.delete(device));
    return version;
  };

  return {
    of({ device }, integration) {
      if (device === apiPublisher || device === cloudPublisher) return undefined;
      return isUsed(integration) ? remembered(device) : undefined;
    },
  };
};
