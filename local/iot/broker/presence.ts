import type { Connection, DisconnectReason } from "./connections.ts";

/** A message that the broker publishes about its clients. */
export interface Presence {
  readonly topic: string;
  readonly payload: Buffer;
}

/**
 * What IoT Core publishes when a client comes or goes; nothing for an id that holds a wildcard.
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
