import { presenceSettleMs, presenceTimesApproximateMs } from "./limits.ts";
import type { PresenceEvent } from "./presenceEvent.ts";
import type { Hello, Session, statuses } from "./session.ts";

/** What a user is told of a device's connection. */
type Status = (typeof statuses)[number];

/** A session as it is after an event, and what changed for whoever watches the device. */
export interface Tracked {
  readonly session: Session;
  readonly statuses: readonly Status[];
}

/**
 * What is known after a presence event. `undefined` when it says nothing new.
 *
 * Connections have an order, and of the latest one "gone" is final: so whatever the order in which events
 * come, and however often, the same is known in the end.
 */
export const trackPresence = (
  before: Session | undefined,
  event: PresenceEvent,
  { device, region }: { device: string; region: string },
): Tracked | undefined => {
  const isSame = before?.id === event.sessionIdentifier;
  if (before !== undefined && !isSame && !isLater(event, before)) return undefined;
  const goes = event.eventType === "disconnected";
  if (isSame && (!before.connected || !goes)) return undefined;
  const known = {
    device,
    region,
    connected: !goes,
    since: event.timestamp,
    id: event.sessionIdentifier,
    at: event.timestamp,
    ...(event.versionNumber !== undefined && { version: event.versionNumber }),
    ...(event.disconnectReason !== undefined && { reason: event.disconnectReason }),
    ...handshakeOf(before, event),
    ...addressOf(before, event),
  };
  const session = { ...keptHello(before), ...known };
  return { session, statuses: names(event, before) ? [] : statusesOf(before, known) };
};

/** Whether an event is about the connection of which the broker was asked before the event came. */
const names = (event: PresenceEvent, before: Session | undefined): boolean =>
  before?.id === undefined &&
  before?.askedAt !== undefined &&
  before.connected &&
  event.eventType === "connected" &&
  event.timestamp <= before.askedAt + presenceSettleMs;

/** Whether an event is about a later connection than the one that is known. */
const isLater = (event: PresenceEvent, before: Session): boolean => {
  if (before.id === undefined) return isLaterThanNameless(event, before);
  const isClose = Math.abs(event.timestamp - before.at) <= presenceTimesApproximateMs;
  const { versionNumber } = event;
  const { version } = before;
  if (isClose && versionNumber !== undefined && version !== undefined && versionNumber !== version)
    return versionNumber > version;
  return event.timestamp > before.at;
};

/** Only the device itself has spoken, or the broker when it was asked, and the connection has no name yet. */
const isLaterThanNameless = (event: PresenceEvent, before: Session): boolean => {
  const { at, askedAt, connected, handshakeAt = 0 } = before;
  if (event.eventType === "disconnected") return event.timestamp >= at;
  if (askedAt === undefined) return true;
  return connected ? event.timestamp >= handshakeAt - presenceSettleMs : event.timestamp > at;
};

const handshakeOf = (before: Session | undefined, event: PresenceEvent) => {
  const handshakeAt = event.eventType === "connected" ? event.timestamp : before?.handshakeAt;
  return handshakeAt === undefined ? {} : { handshakeAt };
};

const addressOf = (before: Session | undefined, { ipAddress }: PresenceEvent) => {
  const address = ipAddress ?? before?.address;
  return address === undefined ? {} : { address };
};

/** What outlives a connection, and the number of the next write. */
export const keptHello = (before: Session | undefined) => ({
  ...(before?.hello && { hello: before.hello }),
  ...(before?.helloAt !== undefined && { helloAt: before.helloAt }),
  ...(before?.helloAskedAt !== undefined && { helloAskedAt: before.helloAskedAt }),
  revision: (before?.revision ?? 0) + 1,
});

/**
 * A device that came again was away in between, and one that went was there before. Of a connection of which only the
 * device itself has spoken, users have not been told.
 */
const statusesOf = (known: Session | undefined, after: { connected: boolean }): Status[] => {
  const isTold = known?.id !== undefined || known?.askedAt !== undefined;
  const before = isTold ? known : undefined;
  if (after.connected) return before?.connected ? ["offline", "online"] : ["online"];
  return before === undefined || before.connected ? ["offline"] : ["online", "offline"];
};

/** What is known after a device said hello at `receivedAt`. `undefined` when a later hello is known. */
export const trackHello = (
  before: Session | undefined,
  said: { hello: Hello; receivedAt: number },
  { device, region }: { device: string; region: string },
): Tracked | undefined => {
  const { hello, receivedAt: helloAt } = said;
  if (before?.helloAt !== undefined && before.helloAt >= helloAt) return undefined;
  const revision = (before?.revision ?? 0) + 1;
  if (before) return { session: { ...before, hello, helloAt, revision }, statuses: [] };
  // A device that speaks is there; when its session is lost, this is how it comes back.
  const session = { device, region, connected: true, since: helloAt, at: helloAt };
  return { session: { ...session, hello, helloAt, revision }, statuses: [] };
};
