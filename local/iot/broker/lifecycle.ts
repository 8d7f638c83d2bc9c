import type { Duplex } from "node:stream";
import type { Aedes, Client } from "aedes";
import { filtersPerSubscribeMax, packetBytesMax } from "../limits.ts";
import type { Connection, DisconnectReason } from "./connections.ts";
import type { BrokerContext } from "./context.ts";
import { DisconnectError } from "./disconnectError.ts";
import { disconnectType, type PacketHeader } from "./packetScanner.ts";
import { connected, disconnected, type Presence } from "./presence.ts";

/** Tracks connects and disconnects and publishes presence events for rules and subscribers. */
export const trackClients = (
  aedes: Aedes,
  context: BrokerContext,
  announce: (presence: Presence) => void,
): void => {
  const { connections, sessions, counts, meter, log } = context;

  const leave = (connection: Connection, reason: DisconnectReason) => {
    if (connections.live(connection.clientId) !== connection) return;
    connections.leave(connection, reason);
    sessions.markDisconnected(connection.clientId);
    const presence = disconnected(connection, reason);
    if (presence !== undefined) announce(presence);
  };

  const enter = (client: Client) => {
    const connection = connections.of(client);
    const existing = connections.live(client.id);
    if (existing !== undefined && existing !== connection) leave(existing, "DUPLICATE_CLIENTID");
    if (connection === undefined || client.closed) return;
    connections.enter(connection);
    sessions.markConnected(client.id);
    const presence = connected(connection);
    if (presence !== undefined) announce(presence);
  };

  const fail = (client: Client, error: Error) => {
    const connection = connections.of(client);
    if (connection !== undefined) connection.reason ??= reasonOf(error);
    // One error causes others, such as one for each waiting write.
    if (isSocketError(error) || client.closed) return;
    const principal = context.peers.get(client.conn)?.principal;
    log("connection closed by the broker", { client: client.id, principal, reason: error.message });
  };

  const subscribed = (filters: number, client: Client) => {
    if (filters <= filtersPerSubscribeMax) return;
    const problem = `more than ${filtersPerSubscribeMax} filters in one SUBSCRIBE`;
    client.conn.destroy(new DisconnectError(problem, "CLIENT_ERROR"));
  };

  aedes.on("client", enter);
  aedes.on("clientDisconnect", (client) => {
    const connection = connections.of(client);
    if (connection !== undefined) leave(connection, reasonFor(connection, context));
  });
  aedes.on("keepaliveTimeout", (client) => {
    const connection = connections.of(client);
    if (connection !== undefined) connection.reason ??= "MQTT_KEEP_ALIVE_TIMEOUT";
  });
  aedes.on("clientError", fail);
  aedes.on("connectionError", fail);
  aedes.on("subscribe", (subscriptions, client) => subscribed(subscriptions.length, client));
  aedes.on("ping", () => meter.count("Ping.Success"));
  aedes.on("unsubscribe", (filters, client) => {
    meter.count("Unsubscribe.Success");
    for (const filter of filters) connections.of(client)?.filters.delete(filter);
  });
  sessions.onPuback((clientId, packetId) => {
    counts.deviceAcks += 1;
    connections.live(clientId)?.pendingDirectMessages.get(packetId)?.();
  });
};

/**
 * Records a DISCONNECT packet, and disconnects a client whose packet exceeds the maximum: aedes
 * would wait for its end.
 */
export const checkHeader = (
  socket: Duplex,
  { type, length }: PacketHeader,
  { disconnected }: Pick<BrokerContext, "disconnected">,
): void => {
  if (type === disconnectType) disconnected.add(socket);
  if (length <= packetBytesMax) return;
  socket.destroy(
    new DisconnectError(`a packet larger than ${packetBytesMax} bytes`, "CLIENT_ERROR"),
  );
};

const reasonFor = (
  { reason, client }: Connection,
  { disconnected: sent }: BrokerContext,
): DisconnectReason =>
  reason ?? (sent.has(client.conn) ? "CLIENT_INITIATED_DISCONNECT" : "CONNECTION_LOST");

const reasonOf = (error: Error): DisconnectReason => {
  if (error instanceof DisconnectError) return error.reason;
  return isSocketError(error) ? "CONNECTION_LOST" : "CLIENT_ERROR";
};

// A reset or an end by the client: common, and not a decision of the broker.
const isSocketError = (error: Error): boolean => "code" in error;
