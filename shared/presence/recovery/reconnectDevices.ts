import * as z from "zod/mini";
import { encodeControl } from "../../device/controlMessage.ts";
import type { Devices } from "../../device/device.ts";
import type { Broker } from "../../event/ports.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { controlTopic } from "../../platform/topic.ts";
import { reconnectAtOnceMax, reconnectPageMax, reconnectSecondsMax } from "./limits.ts";

/** The time within which devices reconnect, each at a random time, and the start of the page. */
export const reconnectInput = z.object({
  withinSeconds: z.int().check(z.minimum(0), z.maximum(reconnectSecondsMax)),
  after: z.optional(z.string()),
});

/** The progress. */
export interface Reconnected {
  /** The number of messages that were published, one for each device, connected or not. */
  readonly published: number;
  /** The start of the next page; absent after the last one. */
  readonly next?: string | undefined;
}

/**
 * Asks each device of a page of all devices to disconnect, and to reconnect at a random time within
 * `withinSeconds`. The message does not reach devices that are not connected to this region. Fails
 * if the broker fails; the page may be repeated.
 */
export const reconnectDevices = async (
  { withinSeconds, after }: z.output<typeof reconnectInput>,
  { devices, broker }: { devices: Pick<Devices, "page">; broker: Broker },
): Promise<Reconnected> => {
  const page = await devices.page({ limit: reconnectPageMax, ...(after && { after }) });
  const payload = encodeControl({ command: "reconnect", delay: withinSeconds * 1_000 });
  await mapConcurrently(page.devices, reconnectAtOnceMax, ({ id }) =>
    broker.publish(controlTopic(id), payload),
  );
  return { published: page.devices.length, next: page.next };
};
