import * as z from "zod";
import type { Devices } from "../../device/device.ts";
import type { Broker } from "../../event/ports.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { controlTopic } from "../../platform/topic.ts";
import { reconnectAtOnceMax, reconnectPageMax, reconnectSecondsMax } from "./limits.ts";

/** Within how long devices come back, each at a random time, and where to go on. */
export const reconnectInput = z.object({
  withinSeconds: z.int().min(0).max(reconnectSecondsMax),
  after: z.string().optional(),
});

/** How far it is. */
export interface Reconnected {
  /** How many devices were told, connected or not. */
  readonly told: number;
  /** Where to go on, unless all devices were gone through. */
  readonly next?: string | undefined;
}

/**
 * Goes through a page of all devices and tells each to end its connection and to come back at a random time within
 * `withinSeconds`. Who is not connected to this region does not hear it. Fails when the broker does: nobody was told twice before
 * that, and to tell them twice does no harm.
 */
export const reconnectDevices = async (
  { withinSeconds, after }: z.output<typeof reconnectInput>,
  { devices, broker }: { devices: Pick<Devices, "page">; broker: Broker },
): Promise<Reconnected> => {
  const page = await devices.page({ limit: reconnectPageMax, ...(after && { after }) });
  const payload = Buffer.from(
    JSON.stringify({ command: "reconnect", delay: withinSeconds * 1_000 }),
  );
  await mapConcurrently(page.devices, reconnectAtOnceMax, ({ id }) =>
    broker.publish(controlTopic(id), payload),
  );
  return { told: page.devices.length, next: page.next };
};
