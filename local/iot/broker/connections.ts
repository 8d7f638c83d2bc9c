import { randomUUID } from "node:crypto";
import type { Client } from "aedes";
import { disconnectedKnownMs, goneClientsMax, versionKnownMs } from "../limits.ts";
import type { Permissions } from "../policy/permissions.ts";
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

/** Who is at the other end of a socket, and where. */
export interface Peer {
  /** The id of a device's certificate, or a role's access key. */
  readonly principal: string;
  readonly address: string;
  /** What the peer may do under this client id. */
  permissionsFor(clientId: string): Permissions;
}

/** One client's connection to the broker. */
export interface Connection {
  readonly client: Client;
  readonly clientId: string;
  readonly peer: Peer;
  readonly permissions: Permissions;
  readonly keepAliveSeconds: number;
  /** What the client left to be published when it goes without a word. */
  readonly will: object | undefined;
  readonly publishQueue: PublishQueue;
  /** The filters it subscribes to. */
  readonly filters: Set<string>;
  /** Direct messages that wait for the client's PUBACK, by packet id. */
  readonly directs: Map<number, () => void>;
  readonly session: string;
  readonly connectedAt: number;
  /** Counts up with each connection of a client id. */
  readonly version: number;
  /** Why it ends; set before it is closed by us. */
  reason?: DisconnectReason;
  willSuppressed?: true;
}

type NewConnection = Pick<
  Connection,
  "client" | "clientId" | "peer" | "permissions" | "keepAliveSeconds" | "will"
>;

/** A client that was here. */
interface ClosedConnection {
  readonly disconnectedAt: number;
  readonly reason: DisconnectReason;
  readonly version: number;
}

/** Which clients are connected, and which were not long ago. */
export interface Connections {
  admit(connection: NewConnection): Connection;
  /** The connection of an admitted client. */
  of(client: Client): Connection | undefined;
  /** The connection that speaks for a client id now. */
  live(clientId: string): Connection | undefined;
  gone(clientId: string): ClosedConnection | undefined;
  enter(connection: Connection): void;
  leave(connection: Connection, reason: DisconnectReason): void;
  all(): Iterable<Connection>;
  /** Forgets who has been gone for too long. */
  sweep(now: number): void;
}

/** `firstVersion` is the number of the first connection of each client id. */
export const openConnections = (firstVersion: number): Connections => {
  const admitted = new WeakMap<Client, Connection>();
  const live = new Map<string, Connection>();
  // In the order in which they went.
  const gone = new Map<string, ClosedConnection>();

  const sweep = (now: number) => {
    for (const [clientId, { disconnectedAt }] of gone) {
      const isKnown = disconnectedAt > now - versionKnownMs && gone.size <= goneClientsMax;
      if (isKnown) return;
      gone.delete(clientId);
    }
  };

  return {
    admit(made) {
      const before = live.get(made.clientId) ?? gone.get(made.clientId);
      const connection: Connection = {
        ...made,
        publishQueue: createPublishQueue(),
        filters: new Set(),
        directs: new Map(),
        session: randomUUID().replaceAll("-", ""),
        connectedAt: Date.now(),
        version: before === undefined ? firstVersion : before.version + 1,
      };
      admitted.set(made.client, connection);
      return connection;
    },
    of: (client) => admitted.get(client),
    live: (clientId) => live.get(clientId),
    gone(clientId) {
      const found = gone.get(clientId);
      const isKnown =
        found !== undefined && found.disconnectedAt > Date.now() - disconnectedKnownMs;
      return isKnown ? found : undefined;
    },
    enter(connection) {
      live.set(connection.clientId, connection);
      gone.delete(connection.clientId);
    },
    leave({ clientId, version }, reason) {
      live.delete(clientId);
      gone.set(clientId, { disconnectedAt: Date.now(), reason, version });
      sweep(Date.now());
    },
    all: () => live.values(),
    sweep,
  };
};
