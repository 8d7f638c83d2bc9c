import * as z from "zod/mini";
import type { Presence } from "../device/deviceLink.ts";
import { presenceSettleMs, presenceTimesApproximateMs } from "./limits.ts";
import type { Hello, Session, statuses } from "./session.ts";

/** What a user is told of a device's connection. */
type Status = (typeof statuses)[number];

/** A session as it is after an event, and what changed for whoever watches the device. */
export interface SessionUpdate {
  readonly session: Session;
  readonly statuses: readonly Status[];
}

/**
 * What is known after a presence event. `undefined` when it says nothing new.
 *
 * Connections have an order, and of the latest one "gone" is final: so whatever the order in which events
 * come, and however often, the same is known in the end.
 */
export const applyPresenceEvent = (
  before: Session | undefined,
  event: PresenceEvent,
  { device, region }: { device: string; region: string },
): SessionUpdate | undefined => {
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
  const session = { ...carriedOver(before), ...known };
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
export const carriedOver = (before: Session | undefined) => ({
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
export const applyHello = (
  before: Session | undefined,
  said: { hello: Hello; receivedAt: number },
  { device, region }: { device: string; region: string },
): SessionUpdate | undefined => {
  const { hello, receivedAt: helloAt } = said;
  if (before?.helloAt !== undefined && before.helloAt >= helloAt) return undefined;
  const revision = (before?.revision ?? 0) + 1;
  if (before) return { session: { ...before, hello, helloAt, revision }, statuses: [] };
  // A device that speaks is there; when its session is lost, this is how it comes back.
  const session = { device, region, connected: true, since: helloAt, at: helloAt };
  return { session: { ...session, hello, helloAt, revision }, statuses: [] };
};

/**
 * What the broker says when a client comes or goes. It may say so late, in another order, and twice.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const presenceEvent = z.object({
  eventType: z.enum(["connected", "disconnected"]),
  /** Milliseconds since 1970, approximate. */
  timestamp: z.int().check(z.nonnegative()),
  /** Names the connection; the same when it comes and when it goes. */
  sessionIdentifier: z.string().check(z.minLength(1)),
  versionNumber: z.optional(z.int()),
  disconnectReason: z.optional(z.string()),
  ipAddress: z.optional(z.nullable(z.string())),
});

export type PresenceEvent = z.output<typeof presenceEvent>;

interface Asked {
  readonly device: string;
  readonly region: string;
  /** When the broker was asked: after `before` was read. */
  readonly askedAt: number;
}

/**
 * What is known after the broker itself was asked about a device. `undefined` when it says nothing new.
 *
 * Its answer is newer than all that was written before it was asked. It has no name for the connection, so the row has
 * none until a presence event brings it; an older event than the answer changes nothing any more.
 */
export const applyBrokerAnswer = (
  before: Session | undefined,
  { connected, since }: Presence,
  { device, region, askedAt }: Asked,
): SessionUpdate | undefined => {
  const own = { device, region, at: askedAt, askedAt, ...carriedOver(before) };
  const address = before?.address === undefined ? {} : { address: before.address };
  if (connected) {
    if (before?.connected && !isOtherConnection(before, since)) return undefined;
    const handshakeAt = since ?? askedAt;
    const session = { ...own, ...address, connected, since: handshakeAt, handshakeAt };
    return { session, statuses: before?.connected ? ["offline", "online"] : ["online"] };
  }
  // Without a row a device is taken to be away, as it is.
  if (!before?.connected) return undefined;
  const gone = { ...before, ...own, connected, since: askedAt };
  return { session: gone, statuses: ["offline"] };
};

/** Whether the broker's connection began so much later than the one that is known that it is another one. */
const isOtherConnection = (
  { handshakeAt, since: known }: Session,
  since: number | undefined,
): boolean => since !== undefined && since > (handshakeAt ?? known) + presenceSettleMs;
