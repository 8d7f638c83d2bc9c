import { randomUUID } from "node:crypto";
import { DescribeEndpointCommand, IoTClient } from "@aws-sdk/client-iot";
import { SignatureV4 } from "@smithy/signature-v4";
import mqtt, { type MqttClient } from "mqtt";
import { liveConnectMs, liveKeepAliveSeconds } from "../../stream/limits.ts";
import type { LiveEvents } from "../../stream/ports.ts";
import { crossRegionRetry, standardRetry } from "../platform/clients.ts";

/**
 * Live events from IoT Core, over MQTT 3.1.1 on WebSocket with a URL signed with Signature Version
 * 4. Each subscription has its own connection. `otherRegion` selects another region than the
 *    function's.
 */
export const iotLiveEvents = (otherRegion?: string): LiveEvents => {
  const iot = new IoTClient(
    otherRegion === undefined ? standardRetry : { ...crossRegionRetry, region: otherRegion },
  );
  let endpoint: URL | undefined;
  return {
    async subscribe(filters, on) {
      endpoint ??= await findEndpoint(iot);
      const client = await connect(await signedUrl(iot, endpoint));
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
  };
};

/** The broker's endpoint, from the environment variable that AWS clients use, or from IoT Core. */
const findEndpoint = async (iot: IoTClient): Promise<URL> => {
  const given = process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE;
  if (given !== undefined) return new URL("/mqtt", given.replace(/^http/, "ws"));
  const { endpointAddress } = await iot.send(
    new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
  );
  return new URL(`wss://${endpointAddress}/mqtt`);
};

/** https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws */
const signedUrl = async (iot: IoTClient, endpoint: URL): Promise<URL> => {
  const { sessionToken, ...credentials } = await iot.config.credentials();
  const signer = new SignatureV4({
    service: "iotdevicegateway",
    region: await iot.config.region(),
    credentials,
    sha256: iot.config.sha256,
  });
  const { query = {} } = await signer.presign({
    method: "GET",
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    ...(endpoint.port !== "" && { port: Number(endpoint.port) }),
    path: endpoint.pathname,
    query: {},
    headers: { host: endpoint.host },
  });
  const signed = new URL(endpoint);
  for (const [key, value] of Object.entries(query)) signed.searchParams.set(key, String(value));
  // IoT Core requires the session token after the signature; it is not signed.
  if (sessionToken !== undefined) signed.searchParams.set("X-Amz-Security-Token", sessionToken);
  return signed;
};

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
