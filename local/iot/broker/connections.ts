import { randomUUID } from "node:crypto";
import type { Client } from "aedes";
import { tokenBucket } from "../../platform/tokenBucket.ts";
import {
  closedConnectionsMax,
  directMessagesPerSecondMax,
  disconnectedKnownMs,
  versionKnownMs,
} from "../limits.ts";
import type { Permissions } from "../policy/permissions.ts";
import type { InFlightWork } from "./inFlightWork.ts";
import { createPublishQueue, type PublishQueue } from "./publishQueue.ts";

/** https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html */
export type DisconnectReason =
  | "API_INITIATED_DISCONNECT"
  | "AUTH_ERROR"
  | "CLIENT_ERROR"
  | "CLIENT_INITIATED_DISCONNECT"
  | "CONNECTION_LOST"
  | "DUPLICATE_CLIENTID"
  | "MQTT_KEEP_ALIVE_TIMEOUT"
  | "SERVER_INITIATED_DISCONNECT";

/** The client at the other end of a socket. */
export interface Peer {
  /** The certificate id of a device, or the access key of a role. */
  readonly principal: string;
  readonly address: string;
  /** The permissions of the peer with this client id. */
  permissionsFor(clientId: string): Permissions;
}

/** One client's connection to the broker. */
export interface Connection {
  readonly client: Client;
  readonly clientId: string;
  readonly peer: Peer;
  readonly permissions: Permissions;
  readonly keepAliveSeconds: number;
  /** The client's will message. */
  readonly will: object | undefined;
  readonly publishQueue: PublishQueue;
  /** The packet id of the next QoS 1 message to the client. */
  nextPacketId(): number;
  /** Topic filters that the client subscribes to. */
  readonly filters: Set<string>;
  /** Direct messages that wait for the client's PUBACK, by packet id. */
  readonly pendingDirectMessages: Map<number, () => void>;
  /** Whether the connection may be sent another direct message now. */
  readonly admitDirectMessage: () => boolean;
  readonly session: string;
  readonly connectedAt: number;
  /** Incremented with each connection of a client id. */
  readonly version: number;
  /** The reason of the disconnect; set before the broker closes the connection. */
  reason?: DisconnectReason;
  willSuppressed?: true;
}

type NewConnection = Pick<
  Connection,
  "client" | "clientId" | "peer" | "permissions" | "keepAliveSeconds" | "will" | "nextPacketId"
>;

/** The last connection of a disconnected client. */
interface ClosedConnection {
  readonly disconnectedAt: number;
  readonly reason: DisconnectReason;
  readonly version: number;
}

/** Current connections, and recently closed ones. */
export interface Connections {
  admit(connection: NewConnection): Connection;
  /** The connection of an accepted client. */
  of(client: Client): Connection | undefined;
  /** The current connection of a client id. */
  live(clientId: string): Connection | undefined;
  lastClosed(clientId: string): ClosedConnection | undefined;
  enter(connection: Connection): void;
  leave(connection: Connection, reason: DisconnectReason): void;
  all(): Iterable<Connection>;
  /** Removes connections that were closed too long ago. */
  sweep(now: number): void;
}

/**
 * `firstVersion` is the version number of the first connection of each client id. `inFlight` counts
 * the publishes of all connections.
 */
export const openConnections = (
  firstVersion: number,
  inFlight: Pick<InFlightWork, "begin" | "end">,
): Connections => {
  const admitted = new WeakMap<Client, Connection>();
  const live = new Map<string, Connection>();
  // In the order of disconnection.
  const closed = new Map<string, ClosedConnection>();

  const sweep = (now: number) => {
    for (const [clientId, { disconnectedAt }] of closed) {
      const isKnown = disconnectedAt > now - versionKnownMs && closed.size <= closedConnectionsMax;
      if (isKnown) return;
      closed.delete(clientId);
    }
  };

  return {
    admit(made) {
      const previous = live.get(made.clientId) ?? closed.get(made.clientId);
      const connection: Connection = {
        ...made,
        publishQueue: createPublishQueue(inFlight),
        filters: new Set(),
        pendingDirectMessages: new Map(),
        admitDirectMessage: tokenBucket({
          perSecond: directMessagesPerSecondMax,
          burst: directMessagesPerSecondMax,
          now: () => performance.now(),
        }),
        session: randomUUID().replaceAll("-", ""),
        connectedAt: Date.now(),
        version: previous === undefined ? firstVersion : previous.version + 1,
      };
      admitted.set(made.client, connection);
      return connection;
    },
    of: (client) => admitted.get(client),
    live: (clientId) => live.get(clientId),
    lastClosed(clientId) {
      const found = closed.get(clientId);
      const isKnown =
        found !== undefined && found.disconnectedAt > Date.now() - disconnectedKnownMs;
      return isKnown ? found : undefined;
    },
    enter(connection) {
      live.set(connection.clientId, connection);
      closed.delete(connection.clientId);
    },
    leave({ clientId, version }, reason) {
      live.delete(clientId);
      closed.set(clientId, { disconnectedAt: Date.now(), reason, version });
      sweep(Date.now());
    },
    all: () => live.values(),
    sweep,
  };
};
