import type { DeviceLink, Devices, Provisioning, Registries } from "../ports.ts";
import { controlTopic } from "../topic.ts";
import type { Device } from "./device.ts";

/** What moving a device needs. */
export interface MoveNeeds {
  readonly devices: Pick<Devices, "replace">;
  readonly registries: Registries<"move">;
  readonly provisioning: Pick<Provisioning, "owe">;
  readonly links: readonly Pick<DeviceLink, "send" | "disconnect">[];
  readonly now: () => number;
  /** The device, or another region, could not be told; it learns it later. */
  readonly onSetback: (what: string, error: unknown) => void;
}

/**
 * Puts a device into another fleet. First it is written down that every region is to look at the device again:
 * whoever dies on the way, and a region that is not there now, is set right by that. Then the registries: from then
 * on no event of the device reaches its old fleet. Fails with `conflict` when somebody else moved it meanwhile.
 */
export const moveDevice = async (
  before: Device,
  after: Device,
  { devices, registries, provisioning, links, now, onSetback }: MoveNeeds,
): Promise<void> => {
  const { id, fleet } = after;
  const regions = registries.map(({ region }) => region);
  await provisioning.owe({ device: id, fleet, since: now() }, regions);
  const [home, ...others] = registries;
  const elsewhere = others.map(({ region, move }) =>
    move(id, fleet).catch((error: unknown) =>
      onSetback(`a device is not moved in ${region}`, error),
    ),
  );
  await Promise.all([home.move(id, fleet), ...elsewhere]);
  await devices.replace(after, before.fleet);
  await Promise.all(
    links.map(async (link) => {
      try {
        await sendAway(after, link);
      } catch (error) {
        onSetback("device not told of its fleet", error);
      }
    }),
  );
};

/** Tells a device its fleet, and ends its connection: what it may do is decided when it connects. */
export const sendAway = async (
  device: Pick<Device, "id" | "fleet">,
  link: Pick<DeviceLink, "send" | "disconnect">,
): Promise<void> => {
  await tellFleet(device, link);
  await link.disconnect(device.id);
};

/** Tells a device which fleet it is in. */
export const tellFleet = async (
  { id, fleet }: Pick<Device, "id" | "fleet">,
  { send }: Pick<DeviceLink, "send">,
): Promise<void> => {
  const message = JSON.stringify({ command: "fleet", fleet });
  await send(id, controlTopic(id), Buffer.from(message));
};
