import { Socket } from "node:net";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import {
  connectTimeoutMs,
  disconnectTimeoutMs,
  filtersPerSubscribeMax,
  unackedPublishesMax,
} from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import { limitConcurrency } from "../platform/limitConcurrency.ts";

/** One MQTT connection. It does not reconnect. */
export interface Connection {
  /** Publishes with QoS 1. Resolves on the PUBACK. */
  publish(topic: string, payload: string | Uint8Array): Promise<void>;
  subscribe(filters: readonly string[]): Promise<void>;
  unsubscribe(filters: readonly string[]): Promise<void>;
  /** Sends DISCONNECT after all pending PUBACKs, or after `disconnectTimeoutMs`. */
  end(): Promise<void>;
  /** Closes the connection without a DISCONNECT. */
  abort(): void;
}

/** Client id, credentials and settings of a connection. */
export interface ConnectionOptions {
  /** The device's id. */
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** CA certificate of the broker, PEM. Default: the root certificates of Node.js. */
  readonly ca?: string | undefined;
  readonly keepAliveSeconds: number;
  readonly clock: Clock;
}

/** Events of a connection. */
export interface ConnectionEvents {
  opened(connection: Connection): void;
  /** Called once, also if the connection never opened. */
  closed(reason: Error): void;
  message(topic: string, payload: Buffer): void;
}

/** Opens a connection. Resolves the host name of the URL each time. */
export const openConnection = (
  url: string,
  options: ConnectionOptions,
  events: ConnectionEvents,
): Connection => {
  const client = connect(url, clientOptions(url, options));
  const connection = wrapClient(client, options.clock);
  let reason: Error | undefined;
  client.on("error", (error) => {
    reason = error;
  });
  client.once("connect", () => {
    // Disable Nagle: a reply must not wait for the TCP ACK of the PUBACK before it.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    events.opened(connection);
  });
  client.on("message", events.message);
  client.once("close", () => {
    const side = client.disconnecting ? "device" : "broker";
    // Reject the publishes that still wait for a PUBACK.
    client.end(true);
    events.closed(reason ?? new Error(`the ${side} closed the connection`));
  });
  return connection;
};

const clientOptions = (
  url: string,
  { id, certificate, privateKey, ca, keepAliveSeconds }: ConnectionOptions,
): IClientOptions => ({
  clientId: id,
  protocolVersion: 4,
  clean: true,
  keepalive: keepAliveSeconds,
  connectTimeout: connectTimeoutMs,
  reconnectPeriod: 0,
  resubscribe: false,
  subscribeBatchSize: filtersPerSubscribeMax,
  ...(new URL(url).protocol === "mqtts:" && { cert: certificate, key: privateKey, ca }),
});

const wrapClient = (client: MqttClient, clock: Clock): Connection => {
  const limit = limitConcurrency(unackedPublishesMax);
  const unacked = new Set<Promise<unknown>>();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  client.once("close", close);
  let isEnding = false;
  return {
    async publish(topic, payload) {
      if (isEnding) throw new Error("the connection is ending");
      const bytes = typeof payload === "string" ? payload : Buffer.from(payload);
      const published = limit(() => client.publishAsync(topic, bytes, { qos: 1 }));
      unacked.add(published);
      try {
        await published;
      } finally {
        unacked.delete(published);
      }
    },
    async subscribe(filters) {
      if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
    },
    async unsubscribe(filters) {
      if (filters.length > 0) await client.unsubscribeAsync([...filters]);
    },
    async end() {
      isEnding = true;
      // After `end`, mqtt.js no longer settles publishes without a PUBACK, so wait for them first.
      const cancelWait = clock.after(disconnectTimeoutMs, () => client.end(true));
      await Promise.allSettled(unacked);
      cancelWait();
      if (!client.connected) {
        client.end(true);
        return;
      }
      const cancel = clock.after(disconnectTimeoutMs, () => client.stream.destroy());
      await Promise.race([client.endAsync(), closed]);
      cancel();
    },
    abort() {
      client.end(true);
    },
  };
};
