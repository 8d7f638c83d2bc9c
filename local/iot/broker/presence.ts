import type { Connection, DisconnectReason } from "./connections.ts";

/** A presence message of the broker. */
export interface Presence {
  readonly topic: string;
  readonly payload: Buffer;
}

/**
 * The presence message of a connect; `undefined` for a client id with a wildcard.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const connected = (connection: Connection): Presence | undefined =>
  presence(connection, "connected", { ipAddress: connection.peer.address });

export const disconnected = (
  connection: Connection,
  disconnectReason: DisconnectReason,
): Presence | undefined =>
  presence(connection, "disconnected", {
    clientInitiatedDisconnect: disconnectReason === "CLIENT_INITIATED_DISCONNECT",
    disconnectReason,
  });

const presence = (
  { clientId, session, version, peer }: Connection,
  eventType: "connected" | "disconnected",
  more: object,
): Presence | undefined => {
  if (/[+#]/.test(clientId)) return undefined;
  const event = {
    clientId,
    timestamp: Date.now(),
    eventType,
    sessionIdentifier: session,
    principalIdentifier: peer.principal,
    ...more,
    versionNumber: version,
  };
  return {
    topic: `$aws/events/presence/${eventType}/${clientId}`,
    payload: Buffer.from(JSON.stringify(event)),
  };
};
