import { encodeControl } from "../../device/controlMessage.ts";
import type { Device } from "../../device/device.ts";
import type { DeviceLink, Presence } from "../../device/deviceLink.ts";
import { cloudPublisher, controlTopic, eventTopic } from "../../platform/topic.ts";
import { presenceSettleMs } from "../limits.ts";
import type { Epochs, Session } from "../session.ts";
import { applyBrokerAnswer } from "../sessionUpdate.ts";
import { type UpdateSessionDeps, updateSession } from "../updateSession.ts";
import { helloAskMs } from "./limits.ts";
import type { SessionRecoveries, SessionRecovery } from "./sessionRecovery.ts";

/** The dependencies of `recoverSession`. */
export interface RecoveryDeps extends UpdateSessionDeps {
  readonly link: Pick<DeviceLink, "region" | "send" | "presence">;
  readonly recoveries: Pick<SessionRecoveries, "add">;
  readonly epochs: Pick<Epochs, "find">;
  readonly now: () => number;
  /** Called on a non-fatal error. */
  readonly onError: (what: string, error: unknown) => void;
}

interface ReconcileRequest {
  /** The time of the device activity that caused the request. */
  readonly activeAt?: number;
}

/**
 * Reconciles a device's session in this region: queries the broker for the connection, writes the
 * session, and requests a hello if the session has none. A correct session costs two reads.
 *
 * After a crash, the device's next message or the next sweep starts the reconciliation again.
 */
export const recoverSession = async (
  device: Device,
  { activeAt }: ReconcileRequest,
  deps: RecoveryDeps,
): Promise<void> => {
  const { link, now } = deps;
  const startedAt = now();
  const { session } = await updateSession(
    device,
    async (before) => {
      const askedAt = now();
      const presence = await link.presence(device.id);
      const place = { device: device.id, region: link.region };
      const tracked = applyBrokerAnswer(before, presence, { ...place, askedAt });
      if (tracked === undefined) return undefined;
      const issue = await issueOf(before, presence, { askedAt, epochs: deps.epochs });
      // With the time of the message, a redelivery writes the same recovery again.
      if (issue !== undefined)
        await recordRecovery(device, { issue, at: activeAt ?? startedAt }, deps);
      return tracked;
    },
    deps,
  );
  if (session?.connected) await askHello(device, session, deps);
};

/** The issue of a session; none while a presence event of a new connection may still be queued. */
const issueOf = async (
  before: Session | undefined,
  { since = 0 }: Presence,
  { askedAt, epochs }: { askedAt: number; epochs: RecoveryDeps["epochs"] },
): Promise<SessionRecovery["issue"] | undefined> => {
  const isNew = since > askedAt - presenceSettleMs;
  if (before !== undefined) return isNew ? undefined : "presence_wrong";
  const startedAt = isNew ? ((await epochs.find()) ?? askedAt) : askedAt;
  return since < startedAt ? "session_lost" : undefined;
};

/** Whether a session has a hello, or the device has confirmed a request for one. */
export const isComplete = ({ hello, helloAskedAt = 0 }: Session, now: number): boolean =>
  hello !== undefined || helloAskedAt > now - helloAskMs;

/** The hello completes the session whenever it arrives: the device may sleep first. */
const askHello = async (device: Device, session: Session, deps: RecoveryDeps): Promise<void> => {
  const { link, sessions, now } = deps;
  if (isComplete(session, now())) return;
  const message = encodeControl({ command: "hello" });
  const sent = await link.send(device.id, controlTopic(device.id), message);
  if (sent !== "confirmed") return;
  const { revision } = session;
  // A concurrent write was most likely the hello.
  await sessions.put({ ...session, helloAskedAt: now(), revision: revision + 1 });
};

/**
 * Stores and publishes the recovery before the session is written: a crash in between repeats both.
 */
export const recordRecovery = async (
  { id, fleet }: Device,
  { issue, at }: Pick<SessionRecovery, "issue" | "at">,
  deps: Pick<RecoveryDeps, "recoveries"> & DeviceEventDeps,
): Promise<void> => {
  await deps.recoveries.add({ device: id, fleet, region: deps.link.region, issue, at });
  await publishDeviceEvent(fleet, "recovered", { id, issue, at: new Date(at).toISOString() }, deps);
};

interface DeviceEventDeps extends Pick<RecoveryDeps, "broker" | "onError"> {
  readonly link: Pick<DeviceLink, "region">;
}

/** Publishes an event of the cloud about a device to its fleet. */
export const publishDeviceEvent = async (
  fleet: string,
  what: "silent" | "recovered",
  details: { readonly id: string; readonly [more: string]: unknown },
  { link, broker, onError }: DeviceEventDeps,
): Promise<void> => {
  const topic = eventTopic({ fleet, device: cloudPublisher, name: `device/${what}` });
  try {
    await broker.publish(topic, Buffer.from(JSON.stringify({ ...details, region: link.region })));
  } catch (error) {
    onError(`publishing device/${what} failed`, error);
  }
};
