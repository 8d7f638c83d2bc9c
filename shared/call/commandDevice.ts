import { type ControlMessage, encodeControl } from "../device/controlMessage.ts";
import type { DeviceLink } from "../device/deviceLink.ts";
import { Failure } from "../platform/failure.ts";
import { controlTopic } from "../platform/topic.ts";

type Links = readonly Pick<DeviceLink, "send">[];

/** Pings a device. Returns whether it confirms. */
export const pingDevice = async (device: string, { links }: { links: Links }): Promise<boolean> =>
  (await command(device, { command: "ping" }, links)) === "confirmed";

/** Starts or stops signaling of a device. Fails with `device_offline` and `device_timeout`. */
export const signalDevice = async (
  device: string,
  on: boolean,
  { links }: { links: Links },
): Promise<void> => {
  confirmed(await command(device, { command: "signal", on }, links));
};

/**
 * Asks a device to renew its certificate. The device requests the new one later, on its own
 * connection. Fails with `device_offline` and `device_timeout`.
 */
export const rotateByDevice = async (
  device: string,
  { links }: { links: Links },
): Promise<void> => {
  confirmed(await command(device, { command: "rotate" }, links));
};

/**
 * Asks a device to publish its vitals, which arrive later as an event. Fails with `device_offline`
 * and `device_timeout`.
 */
export const requestVitals = async (device: string, { links }: { links: Links }): Promise<void> => {
  confirmed(await command(device, { command: "vitals" }, links));
};

const confirmed = (sent: "confirmed" | "unconfirmed" | "offline"): void => {
  if (sent === "confirmed") return;
  if (sent === "unconfirmed") throw new Failure("Timed out.", { code: "device_timeout" });
  throw new Failure("The device is not connected.", { code: "device_offline" });
};

/**
 * Sends a command through the first region that has the device's connection. Commands are
 * idempotent, so a region that fails is skipped. If this region fails, or a region has too many
 * messages, and no other has the device, the error is thrown.
 */
const command = async (
  device: string,
  given: ControlMessage,
  links: Links,
): Promise<"confirmed" | "unconfirmed" | "offline"> => {
  const message = encodeControl(given);
  let firstError: unknown;
  for (const [i, { send }] of links.entries()) {
    try {
      const sent = await send(device, controlTopic(device), message);
      if (sent === "confirmed" || sent === "unconfirmed") return sent;
      if (sent === "unreachable")
        throw new Failure("IoT Core cannot be reached", { code: "unavailable" });
    } catch (error) {
      const isThrottled = error instanceof Failure && error.code === "too_many_requests";
      if (i === 0 || isThrottled) firstError ??= error;
    }
  }
  if (firstError !== undefined) throw firstError;
  return "offline";
};
