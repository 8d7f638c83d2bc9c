import { encodeControl } from "../../device/controlMessage.ts";
import type { Device } from "../../device/device.ts";
import type { DeviceLink, Presence } from "../../device/deviceLink.ts";
import { cloudPublisher, controlTopic, eventTopic } from "../../platform/topic.ts";
import { presenceSettleMs } from "../limits.ts";
import type { Epochs, Session } from "../session.ts";
import { applyBrokerAnswer } from "../sessionUpdate.ts";
import { type UpdateSessionDeps, updateSession } from "../updateSession.ts";
import { helloAskMs } from "./limits.ts";
import type { SessionRecovery } from "./sessionRecovery.ts";

/** The dependencies of `recoverSession`. */
export interface RecoveryDeps extends UpdateSessionDeps {
  readonly link: Pick<DeviceLink, "region" | "send" | "presence">;
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
      if (issue === undefined) return tracked;
      // A part of the write: of several workers that find the same issue, one reports it.
      const recovery = { issue, at: activeAt ?? startedAt };
      const { name, data } = recoveredEvent(device.id, recovery, deps);
      return { ...tracked, events: [...(tracked.events ?? []), { name, data, recovery }] };
    },
    deps,
  );
  if (session?.connected) await askHello(device, session, deps);
};

/**
 * The issue of a session; none while the presence event of a new connection, or of its end, may
 * still be queued.
 */
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

/** Stores and publishes a recovery that changes no session. A crash in between repeats both. */
export const recordRecovery = async (
  { id, fleet }: Device,
  recovery: Pick<SessionRecovery, "issue" | "at">,
  deps: Pick<RecoveryDeps, "recoveries"> & DeviceEventDeps,
): Promise<void> => {
  await deps.recoveries.add({ device: id, fleet, region: deps.link.region, ...recovery });
  await publishDeviceEvent(fleet, recoveredEvent(id, recovery, deps), deps);
};

interface DeviceEventDeps extends Pick<RecoveryDeps, "broker" | "onError"> {
  readonly link: Pick<DeviceLink, "region">;
}

/** An event of the cloud about a device. */
interface DeviceEvent {
  readonly name: string;
  readonly data: string;
}

const recoveredEvent = (
  id: string,
  { issue, at }: Pick<SessionRecovery, "issue" | "at">,
  { link }: Pick<DeviceEventDeps, "link">,
): DeviceEvent => deviceEvent("recovered", { id, issue, at: new Date(at).toISOString() }, link);

/** The event `device/silent` or `device/recovered`. */
export const deviceEvent = (
  what: "silent" | "recovered",
  details: { readonly id: string; readonly [more: string]: unknown },
  { region }: Pick<DeviceLink, "region">,
): DeviceEvent => ({ name: `device/${what}`, data: JSON.stringify({ ...details, region }) });

/** Publishes an event of the cloud about a device to its fleet. */
export const publishDeviceEvent = async (
  fleet: string,
  { name, data }: DeviceEvent,
  { broker, onError }: DeviceEventDeps,
): Promise<void> => {
  const topic = eventTopic({ fleet, device: cloudPublisher, name });
  try {
    await broker.publish(topic, Buffer.from(data));
  } catch (error) {
    onError(`publishing ${name} failed`, error);
  }
};
