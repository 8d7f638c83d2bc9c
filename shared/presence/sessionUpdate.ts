import * as z from "zod/mini";
import type { Presence } from "../device/deviceLink.ts";
import { presenceSettleMs, presenceTimesApproximateMs } from "./limits.ts";
import type { Hello, PendingEvent, Session, statuses } from "./session.ts";

/** A status that users receive as `spark/status`. */
type Status = (typeof statuses)[number];

/** A session after an event, and the statuses to publish. */
export interface SessionUpdate {
  readonly session: Session;
  readonly statuses: readonly Status[];
  /**
   * When and why each status changed, if the update is that of several events; otherwise as in the
   * session.
   */
  readonly changes?: readonly StatusChange[];
  /** Other events to publish, after the statuses. */
  readonly events?: readonly (PendingEvent["event"] & Pick<PendingEvent, "recovery">)[];
}

/** When a status changed, and the broker's reason of a disconnect. */
export interface StatusChange {
  readonly at: number;
  readonly reason?: string;
}

/** The changes of an update of one event. A disconnect that a connect implies has no reason. */
export const changesOf = ({ session, statuses, changes }: SessionUpdate): StatusChange[] =>
  statuses.map((status, i) => {
    const { since: at, connected, reason } = session;
    const isReported = status === "offline" && !connected && reason !== undefined;
    return changes?.[i] ?? { at, ...(isReported && { reason }) };
  });

/**
 * Applies a presence event. Returns `undefined` if the event changes nothing.
 *
 * The latest connection counts, and its disconnect is final. The result is therefore the same for
 * every order of events, and for repeated events.
 */
export const applyPresenceEvent = (
  before: Session | undefined,
  event: PresenceEvent,
  { device, region }: { device: string; region: string },
): SessionUpdate | undefined => {
  const isSame = before?.id === event.sessionIdentifier;
  if (before !== undefined && !isSame && !isLater(event, before)) return undefined;
  const isDisconnect = event.eventType === "disconnected";
  if (isSame && (!before.connected || !isDisconnect)) return undefined;
  const known = {
    device,
    region,
    connected: !isDisconnect,
    since: event.timestamp,
    id: event.sessionIdentifier,
    at: event.timestamp,
    ...(event.versionNumber !== undefined && { version: event.versionNumber }),
    ...(event.disconnectReason !== undefined && { reason: event.disconnectReason }),
    ...handshakeOf(before, event),
    ...addressOf(before, event),
  };
  const session = { ...carriedOver(before), ...known };
  return { session, statuses: isAlreadyRecorded(event, before) ? [] : statusesOf(before, known) };
};

/** Whether an event names a connection that a query of the broker has already recorded. */
const isAlreadyRecorded = (event: PresenceEvent, before: Session | undefined): boolean =>
  before?.id === undefined &&
  before?.askedAt !== undefined &&
  before.connected &&
  event.eventType === "connected" &&
  event.timestamp <= before.askedAt + presenceSettleMs;

/** Whether an event belongs to a later connection than the session's. */
const isLater = (event: PresenceEvent, before: Session): boolean => {
  if (before.id === undefined) return isLaterThanNameless(event, before);
  const isClose = Math.abs(event.timestamp - before.at) <= presenceTimesApproximateMs;
  const { versionNumber } = event;
  const { version } = before;
  if (isClose && versionNumber !== undefined && version !== undefined && versionNumber !== version)
    return versionNumber > version;
  return event.timestamp > before.at;
};

/** The session comes from a hello or a query of the broker, so it has no session identifier yet. */
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

/** The fields that outlive a connection, and the next revision. */
export const carriedOver = (before: Session | undefined) => ({
  ...(before?.hello && { hello: before.hello }),
  ...(before?.helloAt !== undefined && { helloAt: before.helloAt }),
  ...(before?.helloAskedAt !== undefined && { helloAskedAt: before.helloAskedAt }),
  ...(before?.recorded && { recorded: before.recorded }),
  ...(before?.update && { update: before.update }),
  revision: (before?.revision ?? 0) + 1,
});

/**
 * The statuses of a change. A second connect implies a disconnect, and a disconnect implies a
 * connect. A session that comes from a hello alone has published no status.
 */
const statusesOf = (known: Session | undefined, after: { connected: boolean }): Status[] => {
  const isTold = known?.id !== undefined || known?.askedAt !== undefined;
  const before = isTold ? known : undefined;
  if (after.connected) return before?.connected ? ["offline", "online"] : ["online"];
  return before === undefined || before.connected ? ["offline"] : ["online", "offline"];
};

/**
 * Applies a hello that the broker received at `receivedAt`. Returns `undefined` if a later hello is
 * stored.
 */
export const applyHello = (
  before: Session | undefined,
  received: { hello: Hello; receivedAt: number },
  { device, region }: { device: string; region: string },
): SessionUpdate | undefined => {
  const { hello, receivedAt: helloAt } = received;
  if (before?.helloAt !== undefined && before.helloAt >= helloAt) return undefined;
  const revision = (before?.revision ?? 0) + 1;
  if (before) return { session: { ...before, hello, helloAt, revision }, statuses: [] };
  // A device that publishes is connected: a hello restores a lost session.
  const session = { device, region, connected: true, since: helloAt, at: helloAt };
  return { session: { ...session, hello, helloAt, revision }, statuses: [] };
};

/**
 * A lifecycle event of the broker: a client connects or disconnects. Events may be late, unordered
 * and repeated. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const presenceEvent = z.object({
  eventType: z.enum(["connected", "disconnected"]),
  /** Milliseconds since 1970, approximate. */
  timestamp: z.int().check(z.nonnegative()),
  /** Identifies the connection; the same for its connect and its disconnect. */
  sessionIdentifier: z.string().check(z.minLength(1)),
  versionNumber: z.optional(z.int()),
  disconnectReason: z.optional(z.string()),
  ipAddress: z.optional(z.nullable(z.string())),
});

export type PresenceEvent = z.output<typeof presenceEvent>;

interface Asked {
  readonly device: string;
  readonly region: string;
  /** The time of the query, after `before` was read. */
  readonly askedAt: number;
}

/**
 * Applies the broker's answer to a query about a device. Returns `undefined` if it changes nothing.
 *
 * The answer is newer than every write before the query. It contains no session identifier, so the
 * row has none until a presence event sets it. An event that is older than the answer changes
 * nothing.
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
  // Without a row a device counts as disconnected.
  if (!before?.connected) return undefined;
  const disconnected = { ...before, ...own, connected, since: askedAt };
  return { session: disconnected, statuses: ["offline"] };
};

/** Whether the broker's connection began too late to be the session's. */
const isOtherConnection = (
  { handshakeAt, since: known }: Session,
  since: number | undefined,
): boolean => since !== undefined && since > (handshakeAt ?? known) + presenceSettleMs;
