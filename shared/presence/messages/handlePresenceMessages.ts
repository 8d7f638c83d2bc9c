import * as z from "zod/mini";
import type { Device, Devices } from "../../device/device.ts";
import { sendFleet } from "../../device/fleet/moveDevice.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { asError } from "../../platform/asError.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { helloDevice, presenceDevice, reconcileDevice } from "../../platform/topic.ts";
import { type RecoveryDeps, recoverSession } from "../recovery/recoverSession.ts";
import { type Hello, hello, type Session } from "../session.ts";
import {
  applyHello,
  applyPresenceEvent,
  type PresenceEvent,
  presenceEvent,
  type SessionUpdate,
} from "../sessionUpdate.ts";
import { updateSession } from "../updateSession.ts";

interface Deps extends RecoveryDeps {
  readonly devices: Pick<Devices, "find">;
}

/**
 * A presence event of the broker, a hello of a device, or a worker's request for a reconciliation.
 */
type PresenceSignal =
  | { readonly presence: PresenceEvent }
  | { readonly hello: Hello; readonly receivedAt: number }
  | { readonly reconcile: { readonly activeAt: number } };

/**
 * Updates sessions from presence events, hellos and reconcile requests. Returns, in the order of
 * the messages, `undefined` for a processed message, or the error for which the queue must
 * redeliver it.
 */
export const handlePresenceMessages = async (
  received: readonly ReceivedEvent[],
  deps: Deps,
): Promise<(Error | undefined)[]> => {
  const outcomes: (Error | undefined)[] = [];
  // Messages of one device are processed in sequence: they would conflict with each other.
  const byDevice = Map.groupBy(received.entries(), ([, message]) => deviceOf(message));
  await Promise.all(
    [...byDevice].map(async ([id, messages]) => {
      for (const [i, message] of messages) outcomes[i] = await handleMessage(id, message, deps);
    }),
  );
  return received.map((_, i) => outcomes[i]);
};

const deviceOf = ({ topic }: ReceivedEvent): string | undefined =>
  helloDevice(topic) ?? presenceDevice(topic) ?? reconcileDevice(topic);

const handleMessage = async (
  id: string | undefined,
  message: ReceivedEvent,
  deps: Deps,
): Promise<Error | undefined> => {
  const signal = readSignal(message);
  // Other clients have presence events too, and a payload may be no valid hello.
  if (id === undefined || signal === undefined) return undefined;
  try {
    const device = await deps.devices.find(id);
    if (device !== undefined) await handleSignal(device, signal, deps);
    return undefined;
  } catch (error) {
    return asError(error);
  }
};

const readSignal = ({ topic, data, receivedAt }: ReceivedEvent): PresenceSignal | undefined => {
  if (reconcileDevice(topic) !== undefined) return { reconcile: { activeAt: receivedAt } };
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  if (helloDevice(topic) !== undefined) {
    const { data: payload } = z.safeParse(hello, json);
    return payload && { hello: payload, receivedAt };
  }
  const { data: presence } = z.safeParse(presenceEvent, json);
  return presence && { presence };
};

const handleSignal = async (device: Device, signal: PresenceSignal, deps: Deps): Promise<void> => {
  if ("reconcile" in signal) return recoverSession(device, signal.reconcile, deps);
  const place = { device: device.id, region: deps.link.region };
  const track = (before: Session | undefined): SessionUpdate | undefined =>
    "presence" in signal
      ? applyPresenceEvent(before, signal.presence, place)
      : applyHello(before, signal, place);
  if ((await updateSession(device, track, deps)).changed) await correctFleet(device, signal, deps);
};

/** Sends the current fleet to a device that was moved while it was offline. */
const correctFleet = async (device: Device, signal: PresenceSignal, deps: Deps): Promise<void> => {
  if (!("hello" in signal) || signal.hello.fleet === undefined) return;
  if (signal.hello.fleet === device.fleet) return;
  try {
    await sendFleet(device, deps.link);
  } catch (error) {
    deps.onError("sending a device its fleet failed", error);
  }
};
