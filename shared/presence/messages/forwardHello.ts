import * as z from "zod/mini";
import type { Device } from "../../device/device.ts";
import { type ReceivedEvent, shortHash } from "../../event/deviceEvent.ts";
import type { EventQueue } from "../../event/ports.ts";
import { dayMs } from "../../platform/durations.ts";
import { type Hello, hello, type RecordedFirmware, recordedFirmware } from "../session.ts";
import { firmwareChangesPerDayMax } from "./limits.ts";

/** A hello that may lead to an update of the device, or that shows another firmware. */
export const forwardedHello = z.object({
  hello,
  /** Whether the device runs another firmware than before, and that one. */
  changed: z.boolean(),
  former: z.optional(recordedFirmware),
});

export type ForwardedHello = z.output<typeof forwardedHello>;

interface Deps {
  /** The queue of messages about updates. */
  readonly updates: EventQueue;
  /** Whether its product has releases that are not finished, or it should run another version. */
  readonly hasReleases: (device: Device & OfProduct, hello: Hello) => Promise<boolean>;
  readonly onError: (what: string, error: unknown) => void;
}

interface OfProduct {
  readonly product: number;
}

interface ReceivedHello {
  readonly hello: Hello;
  readonly receivedAt: number;
}

/**
 * Sends a hello to the queue of updates, if it shows another firmware than the session, or if the
 * product of the device has unfinished releases, or it should run another version. Returns the
 * firmware of the hello for the session. Fails if the queue does not take the message.
 *
 * Call it before the session is written: after a crash in between, the redelivered hello is sent
 * again. An unchanged hello of a product without releases costs a cached read and no write.
 */
export type ForwardHello = (
  device: Device,
  received: ReceivedHello,
  known: RecordedFirmware | undefined,
) => Promise<RecordedFirmware | undefined>;

export const forwardHello =
  (deps: Deps): ForwardHello =>
  async (device, received, known) => {
    const { product } = device;
    if (product === undefined) return undefined;
    const { hello, receivedAt } = received;
    const running = runningFirmware(product, hello);
    const changed = !isSame(running, known) && mayChange(known, receivedAt);
    const recorded = changed ? countChange(running, { known, at: receivedAt }) : known;
    if (!changed && !(await hasReleases({ ...device, product }, hello, deps))) return recorded;
    const former = changed ? known : undefined;
    const message = messageOf(device.id, { hello, changed, former }, receivedAt);
    const [refused] = (await deps.updates.send([message])).values();
    if (refused !== undefined) throw refused;
    return recorded;
  };

const dayOf = (at: number): number => Math.floor(at / dayMs);

/** A device that reports another firmware all the time is recorded again on the next day. */
const mayChange = (known: RecordedFirmware | undefined, at: number): boolean =>
  known?.day !== dayOf(at) || (known.changes ?? 0) < firmwareChangesPerDayMax;

const countChange = (
  running: RecordedFirmware,
  { known, at }: { known: RecordedFirmware | undefined; at: number },
): RecordedFirmware => {
  const day = dayOf(at);
  return { ...running, day, changes: known?.day === day ? (known.changes ?? 0) + 1 : 1 };
};

/** If the releases cannot be read, the function of the queue reads them until it succeeds. */
const hasReleases = async (
  device: Device & OfProduct,
  said: Hello,
  deps: Deps,
): Promise<boolean> => {
  try {
    return await deps.hasReleases(device, said);
  } catch (error) {
    deps.onError("reading the releases of a product failed", error);
    return true;
  }
};

/**
 * The id is the same for a redelivered hello. Devices cannot publish on this topic to the queue.
 */
const messageOf = (device: string, content: ForwardedHello, receivedAt: number): ReceivedEvent => {
  const topic = `hello/${device}`;
  const data = Buffer.from(JSON.stringify(content)).toString("base64");
  return { topic, receivedAt, id: shortHash(`${topic} ${receivedAt}`), data };
};

const runningFirmware = (product: number, { firmware, image }: Hello): RecordedFirmware => {
  const version = firmwareVersionOf(firmware);
  return {
    product,
    ...(version !== undefined && { version }),
    ...(image !== undefined && { image }),
  };
};

/** The version of a firmware as its product numbers it; `undefined` for another text. */
const firmwareVersionOf = (firmware: string | undefined): number | undefined =>
  firmware !== undefined && /^\d{1,9}$/.test(firmware) ? Number(firmware) : undefined;

const isSame = (one: RecordedFirmware, other: RecordedFirmware | undefined): boolean =>
  one.product === other?.product && one.version === other.version && one.image === other.image;
