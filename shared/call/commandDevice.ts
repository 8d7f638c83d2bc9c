import type { DeviceLink } from "../device/deviceLink.ts";
import { Failure } from "../platform/failure.ts";
import { controlTopic } from "../platform/topic.ts";

type Links = readonly Pick<DeviceLink, "send">[];

/** What the cloud wants of a device. */
type Command =
  | { readonly command: "ping" | "rotate" }
  | { readonly command: "signal"; readonly on: boolean };

/** Whether a device confirms, now, that it hears us. */
export const pingDevice = async (device: string, { links }: { links: Links }): Promise<boolean> =>
  (await command(device, { command: "ping" }, links)) === "confirmed";

/** Has a device show itself, or stop. Fails with `device_offline` and `device_timeout`. */
export const signalDevice = async (
  device: string,
  on: boolean,
  { links }: { links: Links },
): Promise<void> => {
  confirmed(await command(device, { command: "signal", on }, links));
};

/**
 * Has a device renew its certificate by itself. It asks for the new one later, on its own connection. Fails with
 * `device_offline` and `device_timeout`.
 */
export const rotateByDevice = async (
  device: string,
  { links }: { links: Links },
): Promise<void> => {
  confirmed(await command(device, { command: "rotate" }, links));
};

const confirmed = (sent: "confirmed" | "unconfirmed" | "offline"): void => {
  if (sent === "confirmed") return;
  if (sent === "unconfirmed") throw new Failure("Timed out.", { code: "device_timeout" });
  throw new Failure("The device is not connected.", { code: "device_offline" });
};

/**
 * Sent to the first region that has a connection of the device. Sent twice it does no harm, so a region that does
 * not answer is passed over; if it is this one, and no other has the device, nothing is known of it.
 */
const command = async (
  device: string,
  given: Command,
  links: Links,
): Promise<"confirmed" | "unconfirmed" | "offline"> => {
  const message = Buffer.from(JSON.stringify(given));
  let firstError: unknown;
  for (const [i, { send }] of links.entries()) {
    try {
      const sent = await send(device, controlTopic(device), message);
      if (sent === "confirmed" || sent === "unconfirmed") return sent;
      if (sent === "unreachable") throw new Failure("nobody is there", { code: "unavailable" });
    } catch (error) {
      if (i === 0) firstError = error;
    }
  }
  if (firstError !== undefined) throw firstError;
  return "offline";
};
