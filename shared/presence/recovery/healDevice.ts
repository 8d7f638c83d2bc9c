import type { Device } from "../../device/device.ts";
import type { DeviceLink, Presence } from "../../device/deviceLink.ts";
import { cloudPublisher, controlTopic, eventTopic } from "../../platform/topic.ts";
import { type KeepDeps, keepSession } from "../keepSession.ts";
import { presenceSettleMs } from "../limits.ts";
import type { Session } from "../session.ts";
import type { Epochs } from "../sessions.ts";
import { trackBroker } from "../trackBroker.ts";
import type { Healing, Healings } from "./healing.ts";
import { helloAskMs } from "./limits.ts";

/** What healing a device needs. */
export interface HealDeps extends KeepDeps {
  readonly link: Pick<DeviceLink, "region" | "send" | "presence">;
  readonly healings: Pick<Healings, "add">;
  readonly epochs: Pick<Epochs, "find">;
  readonly now: () => number;
  /** Something that the session does not wait for went wrong. */
  readonly onError: (what: string, error: unknown) => void;
}

interface Doubt {
  /** When the device was heard, if that is why its session is doubted. */
  readonly heardAt?: number;
}

/**
 * Sets right what is known of a device in this region: asks the broker whether it is connected, writes its session, and
 * asks the device what it is when that is not known. Right already, it costs two reads.
 *
 * Whoever dies on the way leaves a session that is doubted again: at the device's next message, or by the sweep.
 */
export const healDevice = async (
  device: Device,
  { heardAt }: Doubt,
  deps: HealDeps,
): Promise<void> => {
  const { link, now } = deps;
  const begun = now();
  const { session } = await keepSession(
    device,
    async (before) => {
      const askedAt = now();
      const presence = await link.presence(device.id);
      const place = { device: device.id, region: link.region };
      const tracked = trackBroker(before, presence, { ...place, askedAt });
      if (tracked === undefined) return undefined;
      const ill = await illOf(before, presence, { askedAt, epochs: deps.epochs });
      // The time makes a repeat of the same message the same healing.
      if (ill !== undefined) await recordHealing(device, { ill, at: heardAt ?? begun }, deps);
      return tracked;
    },
    deps,
  );
  if (session?.connected) await askHello(device, session, deps);
};

/** What was wrong; nothing while the broker's own word of a new connection may be on its way. */
const illOf = async (
  before: Session | undefined,
  { since = 0 }: Presence,
  { askedAt, epochs }: { askedAt: number; epochs: HealDeps["epochs"] },
): Promise<Healing["ill"] | undefined> => {
  const isNew = since > askedAt - presenceSettleMs;
  if (before !== undefined) return isNew ? undefined : "presence_wrong";
  const begun = isNew ? ((await epochs.find()) ?? askedAt) : askedAt;
  return since < begun ? "session_lost" : undefined;
};

/** Whether all is known of a session that there is to know, or the device was asked for the rest. */
export const isWhole = ({ hello, helloAskedAt = 0 }: Session, now: number): boolean =>
  hello !== undefined || helloAskedAt > now - helloAskMs;

/** The device may sleep again, or take its time: its hello completes the session whenever it comes. */
const askHello = async (device: Device, session: Session, deps: HealDeps): Promise<void> => {
  const { link, sessions, now } = deps;
  if (isWhole(session, now())) return;
  const message = Buffer.from(JSON.stringify({ command: "hello" }));
  const sent = await link.send(device.id, controlTopic(device.id), message);
  if (sent !== "confirmed") return;
  const { revision } = session;
  // When another one wrote meanwhile, it was most likely the hello.
  await sessions.put({ ...session, helloAskedAt: now(), revision: revision + 1 });
};

/** Writes down what was wrong and tells the owner, before it is set right: whoever dies in between does so twice. */
export const recordHealing = async (
  { id, fleet }: Device,
  { ill, at }: Pick<Healing, "ill" | "at">,
  deps: Pick<HealDeps, "healings"> & TellDeps,
): Promise<void> => {
  await deps.healings.add({ device: id, fleet, region: deps.link.region, ill, at });
  await tellOwner(fleet, "healed", { id, ill, at: new Date(at).toISOString() }, deps);
};

interface TellDeps extends Pick<HealDeps, "broker" | "onError"> {
  readonly link: Pick<DeviceLink, "region">;
}

/** Tells whoever follows a fleet what became of one of its devices, by an event of the cloud's. */
export const tellOwner = async (
  fleet: string,
  what: "silent" | "healed",
  said: { readonly id: string; readonly [more: string]: unknown },
  { link, broker, onError }: TellDeps,
): Promise<void> => {
  const topic = eventTopic({ fleet, device: cloudPublisher, name: `device/${what}` });
  try {
    await broker.publish(topic, Buffer.from(JSON.stringify({ ...said, region: link.region })));
  } catch (error) {
    onError(`device/${what} not told`, error);
  }
};
