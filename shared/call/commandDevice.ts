import { Failure } from "../failure.ts";
import type { DeviceLink } from "../ports.ts";
import { controlTopic } from "../topic.ts";

type Links = readonly Pick<DeviceLink, "send">[];

/** What the cloud wants of a device. */
type Command = { readonly command: "ping" } | { readonly command: "signal"; readonly on: boolean };

/** Whether a device confirms, now, that it hears us. */
export const pingDevice = async (device: string, { links }: { links: Links }): Promise<boolean> =>
  (await command(device, { command: "ping" }, links)) === "confirmed";

/** Has a device show itself, or stop. Fails with `device_offline` and `device_timeout`. */
export const signalDevice = async (
  device: string,
  on: boolean,
  { links }: { links: Links },
): Promise<void> => {
  const sent = await command(device, { command: "signal", on }, links);
  if (sent === "confirmed") return;
  if (sent === "unconfirmed") throw new Failure("Timed out.", { code: "device_timeout" });
  throw new Failure("The device is not connected.", { code: "device_offline" });
};

/** Sent to the first region that has a connection of the device. */
const command = async (device: string, given: Command, links: Links) => {
  for (const { send } of links) {
    const sent = await send(device, controlTopic(device), Buffer.from(JSON.stringify(given)));
    if (sent !== "offline") return sent;
  }
  return "offline";
};
