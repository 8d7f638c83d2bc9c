import type { Device } from "../../device/device.ts";
import type { DeviceLink } from "../../device/deviceLink.ts";
import type { FirmwareHistory } from "../../firmware/firmwareHistory.ts";
import type { ForwardedHello } from "../../presence/messages/forwardHello.ts";
import type { PublishedUpdate, Session, Sessions } from "../../presence/session.ts";
import type { CatchUp } from "../catchUp.ts";
import { connectionOf } from "../connection.ts";
import { versionOf } from "../model/exclusionOf.ts";
import { runsImage } from "../model/observe.ts";
import { onHello } from "../progress.ts";
import { onlineWaitMs, sessionPollMs, sessionPollsMax } from "./limits.ts";
import { type PublishDeps, publishUpdateEvents } from "./publishUpdateEvents.ts";
import { type TellDeps, tellDevice } from "./tellDevice.ts";

/** The dependencies of `handleHello`. */
export interface HelloDeps extends TellDeps, PublishDeps {
  readonly sessions: Pick<Sessions, "find" | "put" | "list">;
  readonly firmwareHistory: Pick<FirmwareHistory, "record">;
  readonly link: Pick<DeviceLink, "send" | "presence">;
  readonly catchUp: CatchUp;
  readonly wait: (ms: number) => Promise<unknown>;
}

interface ReceivedHello extends ForwardedHello {
  /** When the cloud received it, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Handles a hello that `presence` has forwarded: records another firmware in the history, publishes
 * the events of an installed update after the device's `online`, and tells the device what its
 * releases say, and enrols a device that has come after the release of its version. Each step is
 * idempotent: a failure or a crash repeats all of them.
 */
export const handleHello = async (
  device: Device,
  received: ReceivedHello,
  deps: HelloDeps,
): Promise<void> => {
  const { hello, changed, at } = received;
  if (changed) await recordFirmware(device, received, deps);
  const update = changed ? await findUpdate(device, received, deps) : undefined;
  const session = await waitForSession(device, { at, update }, deps);
  if (update !== undefined) await publishUpdated(device, received, update, deps);
  // Another worker handles a later hello.
  if (session.helloAt !== undefined && session.helloAt > at) return;
  const connection = connectionOf(session);
  const action = await onHello(device, { hello, connection, at }, deps.progress);
  await tellDevice({ id: device.id, connection, keys: hello.keys }, action, deps);
  if (action.kind === "nothing") await deps.catchUp(device, { hello, at });
};

const recordFirmware = async (
  { id, product }: Device,
  { hello, former, at }: ReceivedHello,
  { firmwareHistory, region }: HelloDeps,
): Promise<void> => {
  const version = versionOf(hello.firmware);
  if (product === undefined || version === undefined) return;
  const change = { device: id, product, version, region, at, image: hello.image };
  await firmwareHistory.record(change, former);
};

/** The update that a hello completes. */
interface FoundUpdate extends Pick<PublishedUpdate, "release" | "version" | "sha256"> {
  /** What other regions have published about it. */
  readonly elsewhere: readonly PublishedUpdate[];
  /** When this region received the last report about it; 0 after the hello. */
  readonly reportedAt: number;
}

/**
 * Finds the update that a hello completes: the device has reported its progress in this region, or
 * in the region that it was in before; or it was offered the update, and its reports are late.
 */
const findUpdate = async (
  device: Device,
  { hello }: ReceivedHello,
  deps: HelloDeps,
): Promise<FoundUpdate | undefined> => {
  const { sessions, region } = deps;
  const own = (await sessions.find(device.id))?.update;
  const others = (await sessions.list([device.id])).filter((one) => one.region !== region);
  const elsewhere = others.flatMap(({ update }) => update ?? []);
  const [reported] = [...(own ? [own] : []), ...elsewhere]
    .filter((update) => runsImage(hello, update))
    .toSorted((one, other) => other.at - one.at);
  const found = reported ?? (await findOffered(device, hello, deps));
  if (found === undefined) return undefined;
  const { release, version, sha256 } = found;
  // A repeated hello waits for nothing: its events are published.
  const reportedAt = own?.release === release && own.stage !== "updated" ? own.at : 0;
  return { release, version, sha256, elsewhere, reportedAt };
};

const findOffered = async (
  { id, product }: Device,
  hello: ReceivedHello["hello"],
  { progress }: HelloDeps,
): Promise<Pick<FoundUpdate, "release" | "version" | "sha256"> | undefined> => {
  if (product === undefined) return undefined;
  for (const { id: release, version, image } of await progress.active(product)) {
    const { sha256 } = image;
    if (!runsImage(hello, { version, sha256 })) continue;
    const rows = await progress.progress.of(release, id);
    if (rows.some(({ offered }) => offered !== undefined)) return { release, version, sha256 };
  }
  return undefined;
};

/**
 * Waits until the session has the hello and, if the events of an update follow, its connection: the
 * presence event of the restart may be handled later than the hello. For a hello on the connection
 * on which the device has reported, no such event follows: the broker knows since when it exists.
 * Fails if it takes long, so that the queue redelivers the hello.
 */
const waitForSession = async (
  { id }: Device,
  { at, update }: { at: number; update: FoundUpdate | undefined },
  deps: HelloDeps,
): Promise<Session> => {
  const { sessions, wait, now } = deps;
  for (let polls = 0; ; polls += 1) {
    const session = await sessions.find(id);
    const hasHello = session?.helloAt !== undefined && session.helloAt >= at;
    const isLate = now() >= at + onlineWaitMs;
    if (hasHello && (isLate || update === undefined || isBack(session, update))) return session;
    if (polls >= sessionPollsMax) {
      if (hasHello && (await isSameConnection(id, update, deps))) return session;
      throw new Error(`the session of ${id} is behind its hello`);
    }
    await wait(sessionPollMs);
  }
};

/** Whether the session is that of the connection after the restart. */
const isBack = ({ connected, handshakeAt = 0 }: Session, { reportedAt }: FoundUpdate): boolean =>
  connected && handshakeAt >= reportedAt;

/** Whether the device is still on the connection on which it has reported the update. */
const isSameConnection = async (
  device: string,
  update: FoundUpdate | undefined,
  { link }: Pick<HelloDeps, "link">,
): Promise<boolean> => {
  const { connected, since } = await link.presence(device);
  return connected && since !== undefined && since < (update?.reportedAt ?? 0);
};

const publishUpdated = async (
  device: Device,
  { hello, at }: ReceivedHello,
  { release, version, sha256, elsewhere }: FoundUpdate,
  deps: HelloDeps,
): Promise<void> => {
  const { image, reset, updates } = hello;
  const step = { release, version, sha256, stage: "updated", at, image, reset, updates } as const;
  await publishUpdateEvents(device, step, deps, elsewhere);
};
