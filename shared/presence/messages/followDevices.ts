import * as z from "zod/mini";
import type { Device } from "../../device/device.ts";
import type { Devices } from "../../device/devices.ts";
import { tellFleet } from "../../device/fleet/moveDevice.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { asError } from "../../platform/asError.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { doubtDevice, helloDevice, presenceDevice } from "../../platform/topic.ts";
import { keepSession } from "../keepSession.ts";
import { type PresenceEvent, presenceEvent } from "../presenceEvent.ts";
import { type HealDeps, healDevice } from "../recovery/healDevice.ts";
import { type Hello, hello, type Session } from "../session.ts";
import { type Tracked, trackHello, trackPresence } from "../trackPresence.ts";

interface Deps extends HealDeps {
  readonly devices: Pick<Devices, "find">;
}

/** What the broker said of a device, or the device of itself, or a worker that heard it and doubts what is known of it. */
type Sign =
  | { readonly presence: PresenceEvent }
  | { readonly hello: Hello; readonly receivedAt: number }
  | { readonly doubt: { readonly heardAt: number } };

/**
 * Follows what the broker says of devices and what they say of themselves, and keeps their sessions. Answers, in
 * the order of the messages, `undefined` for one that may leave the queue, or why it must stay.
 */
export const followDevices = async (
  received: readonly ReceivedEvent[],
  deps: Deps,
): Promise<(Error | undefined)[]> => {
  const outcomes: (Error | undefined)[] = [];
  // One after the other for each device, which would otherwise get into its own way.
  const byDevice = Map.groupBy(received.entries(), ([, message]) => deviceOf(message));
  await Promise.all(
    [...byDevice].map(async ([id, messages]) => {
      for (const [i, message] of messages) outcomes[i] = await followed(id, message, deps);
    }),
  );
  return received.map((_, i) => outcomes[i]);
};

const deviceOf = ({ topic }: ReceivedEvent): string | undefined =>
  helloDevice(topic) ?? presenceDevice(topic) ?? doubtDevice(topic);

const followed = async (
  id: string | undefined,
  message: ReceivedEvent,
  deps: Deps,
): Promise<Error | undefined> => {
  const sign = readSign(message);
  // Other clients come and go as well, and what a device says may be no hello.
  if (id === undefined || sign === undefined) return undefined;
  try {
    const device = await deps.devices.find(id);
    if (device !== undefined) await follow(device, sign, deps);
    return undefined;
  } catch (error) {
    return asError(error);
  }
};

const readSign = ({ topic, data, receivedAt }: ReceivedEvent): Sign | undefined => {
  if (doubtDevice(topic) !== undefined) return { doubt: { heardAt: receivedAt } };
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  if (helloDevice(topic) !== undefined) {
    const { data: said } = z.safeParse(hello, json);
    return said && { hello: said, receivedAt };
  }
  const { data: presence } = z.safeParse(presenceEvent, json);
  return presence && { presence };
};

const follow = async (device: Device, sign: Sign, deps: Deps): Promise<void> => {
  if ("doubt" in sign) return healDevice(device, sign.doubt, deps);
  const place = { device: device.id, region: deps.link.region };
  const track = (before: Session | undefined): Tracked | undefined =>
    "presence" in sign
      ? trackPresence(before, sign.presence, place)
      : trackHello(before, sign, place);
  if ((await keepSession(device, track, deps)).changed) await correctFleet(device, sign, deps);
};

/** A device that was moved while it was away learns of it when it says where it takes itself to be. */
const correctFleet = async (device: Device, sign: Sign, deps: Deps): Promise<void> => {
  if (!("hello" in sign) || sign.hello.fleet === undefined) return;
  if (sign.hello.fleet === device.fleet) return;
  try {
    await tellFleet(device, deps.link);
  } catch (error) {
    deps.onError("device not told of its fleet", error);
  }
};
