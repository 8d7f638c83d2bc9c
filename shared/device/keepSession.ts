import { sessionWritesMax } from "../limits.ts";
import type { Broker, Sessions } from "../ports.ts";
import { eventTopic, statusEvent } from "../topic.ts";
import type { Device } from "./device.ts";
import type { Session } from "./session.ts";
import type { Status, Tracked } from "./trackPresence.ts";

/** What keeping a session needs. */
export interface KeepNeeds {
  readonly sessions: Pick<Sessions, "find" | "put">;
  readonly broker: Pick<Broker, "publish">;
}

/** Says what is known after something was learned of a device; `undefined` when that is nothing new. */
type Track = (before: Session | undefined) => Tracked | undefined | Promise<Tracked | undefined>;

/**
 * Reads a device's session, tells its users what changed, and writes it; again when somebody else wrote it meanwhile.
 *
 * Users are told before the session is written: whoever dies in between tells them twice, and not never.
 */
export const keepSession = async (
  device: Device,
  track: Track,
  { sessions, broker }: KeepNeeds,
): Promise<{ session: Session | undefined; changed: boolean }> => {
  const told: Status[] = [];
  for (let writes = 0; writes < sessionWritesMax; writes += 1) {
    const before = await sessions.find(device.id);
    const tracked = await track(before);
    if (tracked === undefined) return { session: before, changed: false };
    for (const status of tracked.statuses.slice(told.length)) {
      await tell(device, status, broker);
      told.push(status);
    }
    if (await sessions.put(tracked.session)) return { session: tracked.session, changed: true };
  }
  throw new Error(`the session of ${device.id} is written by too many at once`);
};

const tell = async (
  { id, fleet }: Device,
  status: Status,
  broker: KeepNeeds["broker"],
): Promise<void> => {
  const topic = eventTopic({ fleet, device: id, name: statusEvent });
  await broker.publish(topic, Buffer.from(status));
};
