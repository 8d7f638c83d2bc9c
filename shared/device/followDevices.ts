import * as z from "zod/mini";
import { asError } from "../asError.ts";
import type { ReceivedEvent } from "../event/deviceEvent.ts";
import { sessionWritesMax } from "../limits.ts";
import { parseJson } from "../parseJson.ts";
import type { Broker, DeviceLink, Devices, Sessions } from "../ports.ts";
import { eventTopic, helloDevice, presenceDevice } from "../topic.ts";
import type { Device } from "./device.ts";
import { tellFleet } from "./moveDevice.ts";
import { type PresenceEvent, presenceEvent } from "./presenceEvent.ts";
import { type Hello, hello, type Session } from "./session.ts";
import { type Status, type Tracked, trackHello, trackPresence } from "./trackPresence.ts";

/** The event that tells users how a device's connection changed, as Particle's cloud names it. */
const statusEvent = "spark/status";

interface Needs {
  readonly devices: Pick<Devices, "find">;
  readonly sessions: Pick<Sessions, "find" | "put">;
  readonly broker: Pick<Broker, "publish">;
  readonly link: Pick<DeviceLink, "region" | "send">;
  /** Something that the session does not wait for went wrong. */
  readonly onSetback: (what: string, error: unknown) => void;
}

/** What the broker said of a device, or the device of itself. */
type Sign = { readonly presence: PresenceEvent } | { readonly hello: Hello; receivedAt: number };

/**
 * Follows what the broker says of devices and what they say of themselves, and keeps their sessions. Answers, in
 * the order of the messages, `undefined` for one that may leave the queue, or why it must stay.
 */
export const followDevices = async (
  received: readonly ReceivedEvent[],
  needs: Needs,
): Promise<(Error | undefined)[]> => {
  const outcomes: (Error | undefined)[] = [];
  // One after the other for each device, which would otherwise get into its own way.
  const byDevice = Map.groupBy(received.entries(), ([, message]) => deviceOf(message));
  await Promise.all(
    [...byDevice].map(async ([id, messages]) => {
      for (const [i, message] of messages) outcomes[i] = await followed(id, message, needs);
    }),
  );
  return received.map((_, i) => outcomes[i]);
};

const deviceOf = ({ topic }: ReceivedEvent): string | undefined =>
  helloDevice(topic) ?? presenceDevice(topic);

const followed = async (
  id: string | undefined,
  message: ReceivedEvent,
  needs: Needs,
): Promise<Error | undefined> => {
  const sign = readSign(message);
  // Other clients come and go as well, and what a device says may be no hello.
  if (id === undefined || sign === undefined) return undefined;
  try {
    const device = await needs.devices.find(id);
    if (device !== undefined) await follow(device, sign, needs);
    return undefined;
  } catch (error) {
    return asError(error);
  }
};

const readSign = ({ topic, data, receivedAt }: ReceivedEvent): Sign | undefined => {
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  if (helloDevice(topic) !== undefined) {
    const { data: said } = z.safeParse(hello, json);
    return said && { hello: said, receivedAt };
  }
  const { data: presence } = z.safeParse(presenceEvent, json);
  return presence && { presence };
};

/**
 * Users are told before the session is written: whoever dies in between tells them twice, and not never.
 */
const follow = async (device: Device, sign: Sign, needs: Needs): Promise<void> => {
  const { sessions, link } = needs;
  const told: Status[] = [];
  for (let writes = 0; writes < sessionWritesMax; writes += 1) {
    const tracked = track(await sessions.find(device.id), sign, {
      device: device.id,
      region: link.region,
    });
    if (tracked === undefined) return;
    for (const status of tracked.statuses.slice(told.length)) {
      await tell(device, status, needs);
      told.push(status);
    }
    if (await sessions.put(tracked.session)) return correctFleet(device, sign, needs);
  }
  throw new Error(`the session of ${device.id} is written by too many at once`);
};

const track = (
  before: Session | undefined,
  sign: Sign,
  place: { device: string; region: string },
): Tracked | undefined =>
  "presence" in sign
    ? trackPresence(before, sign.presence, place)
    : trackHello(before, sign, place);

const tell = async ({ id, fleet }: Device, status: Status, { broker }: Needs): Promise<void> => {
  const topic = eventTopic({ fleet, device: id, name: statusEvent });
  await broker.publish(topic, Buffer.from(status));
};

/** A device that was moved while it was away learns of it when it says where it takes itself to be. */
const correctFleet = async (device: Device, sign: Sign, needs: Needs): Promise<void> => {
  if (!("hello" in sign) || sign.hello.fleet === undefined) return;
  if (sign.hello.fleet === device.fleet) return;
  try {
    await tellFleet(device, needs.link);
  } catch (error) {
    needs.onSetback("device not told of its fleet", error);
  }
};
