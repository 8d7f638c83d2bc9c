import { randomUUID } from "node:crypto";
import mqtt, { type MqttClient } from "mqtt";
import { writeToStream } from "mqtt-packet";
import { functionCredentials, signWebSocketUrl } from "../../platform/awsSignature.ts";
import { liveConnectMs, liveKeepAliveSeconds } from "../../stream/limits.ts";
import type { LiveEvents } from "../../stream/ports.ts";
import { dataPlaneEndpoint } from "../platform/dataPlane.ts";

// By default mqtt creates 65,536 buffers before its first packet: 7 MB and 40 ms in each
// environment.
writeToStream.cacheNumbers = false;

/**
 * Live events from IoT Core, over MQTT 3.1.1 on WebSocket. The URL is signed by AWS Signature
 * Version 4. Each subscription has its own connection. `otherRegion` selects another region than
 * the function's.
 */
export const iotLiveEvents = (otherRegion?: string): LiveEvents => ({
  async subscribe(filters, on) {
    const endpoint = await findEndpoint(otherRegion);
    const region = otherRegion ?? process.env.AWS_REGION ?? "";
    const client = await connect(
      signWebSocketUrl(endpoint, region, functionCredentials(), Date.now()),
    );
    client.on("message", (topic, payload) => on.message({ topic, payload }));
    let pingedAt: number | undefined;
    client.on("packetsend", ({ cmd }) => {
      if (cmd === "pingreq") pingedAt = Date.now();
    });
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "pingresp" && pingedAt !== undefined) on.pong?.(pingedAt);
    });
    let isOver = false;
    const end = (error?: Error): void => {
      if (!isOver) on.end(error);
      isOver = true;
    };
    client.on("error", end);
    client.on("close", () => end());
    const ping = (): void => {
      if (client.connected) client.sendPing();
    };
    const close = async (): Promise<void> => {
      isOver = true;
      await client.endAsync(true);
    };
    try {
      const granted = await client.subscribeAsync([...filters], { qos: 0 });
      const refused = filters.find(
        (filter) => !granted.some(({ topic, qos }) => topic === filter && qos <= 1),
      );
      if (refused === undefined) return { ping, close };
      throw new Error(`the broker did not grant ${refused}`);
    } catch (error) {
      await close();
      throw error;
    }
  },
});

/** The URL of MQTT over WebSockets. */
const findEndpoint = async (otherRegion: string | undefined): Promise<URL> =>
  new URL("/mqtt", (await dataPlaneEndpoint(otherRegion)).replace(/^http/, "ws"));

/**
 * Connects without automatic reconnection: when the connection ends, the stream ends and its client
 * reconnects.
 */
const connect = async (url: URL): Promise<MqttClient> => {
  const secure = url.protocol === "wss:";
  // The URL is passed in parts, because mqtt parses a string with a function that Node.js reports
  // as deprecated.
  const client = mqtt.connect({
    protocol: secure ? "wss" : "ws",
    hostname: url.hostname,
    port: Number(url.port || (secure ? 443 : 80)),
    path: url.pathname + url.search,
    clientId: `stream-${randomUUID()}`,
    protocolVersion: 4,
    clean: true,
    keepalive: liveKeepAliveSeconds,
    connectTimeout: liveConnectMs,
    reconnectPeriod: 0,
  });
  const { promise, resolve, reject } = Promise.withResolvers<MqttClient>();
  client.once("connect", () => resolve(client));
  client.once("error", reject);
  // IoT Core closes a connection that it does not authorize, without a CONNACK.
  client.once("close", () => reject(new Error("the broker closed the connection")));
  return promise;
};
