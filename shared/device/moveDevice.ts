import type { DeviceLink, Devices, Registry } from "../ports.ts";
import { controlTopic } from "../topic.ts";
import type { Device } from "./device.ts";

/** What moving a device needs. */
export interface MoveNeeds {
  readonly devices: Pick<Devices, "replace">;
  readonly registry: Pick<Registry, "move">;
  readonly links: readonly Pick<DeviceLink, "send" | "disconnect">[];
  /** The device could not be told; it learns it when it says hello. */
  readonly onSetback: (what: string, error: unknown) => void;
}

/**
 * Puts a device into another fleet. First of all the registry: from then on no event of the device reaches its old
 * fleet. Whoever dies on the way leaves a device that publishes nowhere, until the same is asked for again.
 * Fails with `conflict` when somebody else moved it meanwhile.
 */
export const moveDevice = async (
  before: Device,
  after: Device,
  { devices, registry, links, onSetback }: MoveNeeds,
): Promise<void> => {
  await registry.move(after.id, after.fleet);
  await devices.replace(after, before.fleet);
  await Promise.all(
    links.map(async (link) => {
      try {
        await tellFleet(after, link);
        // What it may do is decided when it connects.
        await link.disconnect(after.id);
      } catch (error) {
        onSetback("device not told of its fleet", error);
      }
    }),
  );
};

/** Tells a device which fleet it is in. */
export const tellFleet = async (
  { id, fleet }: Pick<Device, "id" | "fleet">,
  { send }: Pick<DeviceLink, "send">,
): Promise<void> => {
  const message = JSON.stringify({ command: "fleet", fleet });
  await send(id, controlTopic(id), Buffer.from(message));
};
