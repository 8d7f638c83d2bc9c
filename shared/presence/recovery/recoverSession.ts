import type { Device } from "../../device/device.ts";
import type { DeviceLink, Presence } from "../../device/deviceLink.ts";
import { cloudPublisher, controlTopic, eventTopic } from "../../platform/topic.ts";
import { presenceSettleMs } from "../limits.ts";
import type { Epochs, Session } from "../session.ts";
import { applyBrokerAnswer } from "../sessionUpdate.ts";
import { type UpdateSessionDeps, updateSession } from "../updateSession.ts";
import { helloAskMs } from "./limits.ts";
import type { SessionRecoveries, SessionRecovery } from "./sessionRecovery.ts";

/** What healing a device needs. */
export interface RecoveryDeps extends UpdateSessionDeps {
  readonly link: Pick<DeviceLink, "region" | "send" | "presence">;
  readonly recoveries: Pick<SessionRecoveries, "add">;
  readonly epochs: Pick<Epochs, "find">;
  readonly now: () => number;
  /** Something that the session does not wait for went wrong. */
  readonly onError: (what: string, error: unknown) => void;
}

interface ReconcileRequest {
  /** When the device was heard, if that is why its session is doubted. */
  readonly heardAt?: number;
}

/**
 * Sets right what is known of a device in this region: asks the broker whether it is connected, writes its session, and
 * asks the device what it is when that is not known. Right already, it costs two reads.
 *
 * Whoever dies on the way leaves a session that is doubted again: at the device's next message, or by the sweep.
 */
export const recoverSession = async (
  device: Device,
  { heardAt }: ReconcileRequest,
  deps: RecoveryDeps,
): Promise<void> => {
  const { link, now } = deps;
  const begun = now();
  const { session } = await updateSession(
    device,
    async (before) => {
      const askedAt = now();
      const presence = await link.presence(device.id);
      const place = { device: device.id, region: link.region };
      const tracked = applyBrokerAnswer(before, presence, { ...place, askedAt });
      if (tracked === undefined) return undefined;
      const issue = await issueOf(before, presence, { askedAt, epochs: deps.epochs });
      // The time makes a repeat of the same message the same healing.
      if (issue !== undefined) await recordRecovery(device, { issue, at: heardAt ?? begun }, deps);
      return tracked;
    },
    deps,
  );
  if (session?.connected) await askHello(device, session, deps);
};

/** What was wrong; nothing while the broker's own word of a new connection may be on its way. */
const issueOf = async (
  before: Session | undefined,
  { since = 0 }: Presence,
  { askedAt, epochs }: { askedAt: number; epochs: RecoveryDeps["epochs"] },
): Promise<SessionRecovery["issue"] | undefined> => {
  const isNew = since > askedAt - presenceSettleMs;
  if (before !== undefined) return isNew ? undefined : "presence_wrong";
  const begun = isNew ? ((await epochs.find()) ?? askedAt) : askedAt;
  return since < begun ? "session_lost" : undefined;
};

/** Whether all is known of a session that there is to know, or the device was asked for the rest. */
export const isComplete = ({ hello, helloAskedAt = 0 }: Session, now: number): boolean =>
  hello !== undefined || helloAskedAt > now - helloAskMs;

/** The device may sleep again, or take its time: its hello completes the session whenever it comes. */
const askHello = async (device: Device, session: Session, deps: RecoveryDeps): Promise<void> => {
  const { link, sessions, now } = deps;
  if (isComplete(session, now())) return;
  const message = Buffer.from(JSON.stringify({ command: "hello" }));
  const sent = await link.send(device.id, controlTopic(device.id), message);
  if (sent !== "confirmed") return;
  const { revision } = session;
  // When another one wrote meanwhile, it was most likely the hello.
  await sessions.put({ ...session, helloAskedAt: now(), revision: revision + 1 });
};

/** Writes down what was wrong and tells the owner, before it is set right: whoever dies in between does so twice. */
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

/** Tells whoever follows a fleet what became of one of its devices, by an event of the cloud's. */
export const publishDeviceEvent = async (
  fleet: string,
  what: "silent" | "recovered",
  said: { readonly id: string; readonly [more: string]: unknown },
  { link, broker, onError }: DeviceEventDeps,
): Promise<void> => {
  const topic = eventTopic({ fleet, device: cloudPublisher, name: `device/${what}` });
  try {
    await broker.publish(topic, Buffer.from(JSON.stringify({ ...said, region: link.region })));
  } catch (error) {
    onError(`device/${what} not told`, error);
  }
};
