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

/** One MQTT connection, from its opening to its end. It never comes back by itself. */
export interface Connection {
  /** Resolves when the broker has it (QoS 1). */
  publish(topic: string, payload: string | Uint8Array): Promise<void>;
  subscribe(filters: readonly string[]): Promise<void>;
  unsubscribe(filters: readonly string[]): Promise<void>;
  /** Says goodbye when everything is handed over, or after a while. */
  end(): Promise<void>;
  /** Ends it without a goodbye. */
  abort(): void;
}

/** Who a device is, and how it connects. */
export interface ConnectionOptions {
  /** The device's id. */
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** The certificate of the authority that signed the server's, PEM; without it, those that Node knows. */
  readonly ca?: string | undefined;
  readonly keepAliveSeconds: number;
  readonly clock: Clock;
}

/** What a connection tells. */
export interface ConnectionEvents {
  opened(connection: Connection): void;
  /** Told once, also when it was never open. */
  closed(reason: Error): void;
  message(topic: string, payload: Buffer): void;
}

/** Opens a connection. The name in the URL is resolved anew each time. */
export const openConnection = (
  url: string,
  options: ConnectionOptions,
  events: ConnectionEvents,
): Connection => {
  const client = connect(url, clientOptions(url, options));
  const connection = wrap(client, options.clock);
  let reason: Error | undefined;
  client.on("error", (error) => {
    reason = error;
  });
  client.once("connect", () => {
    // An answer is not to wait in the socket until the broker has confirmed the acknowledgement before it.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    events.opened(connection);
  });
  client.on("message", events.message);
  client.once("close", () => {
    const side = client.disconnecting ? "device" : "broker";
    // Whoever waits for a PUBACK must hear that none comes.
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

const wrap = (client: MqttClient, clock: Clock): Connection => {
  const gate = limitConcurrency(unackedPublishesMax);
  const owed = new Set<Promise<unknown>>();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  client.once("close", close);
  let isEnding = false;
  return {
    async publish(topic, payload) {
      if (isEnding) throw new Error("the connection is ending");
      const bytes = typeof payload === "string" ? payload : Buffer.from(payload);
      const published = gate(() => client.publishAsync(topic, bytes, { qos: 1 }));
      owed.add(published);
      try {
        await published;
      } finally {
        owed.delete(published);
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
      // A client that is ending no longer tells who waits for a PUBACK that none comes; so they come first.
      const cancelWait = clock.after(disconnectTimeoutMs, () => client.end(true));
      await Promise.allSettled(owed);
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
