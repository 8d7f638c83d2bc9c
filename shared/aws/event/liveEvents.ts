import { randomUUID } from "node:crypto";
import { DescribeEndpointCommand, IoTClient } from "@aws-sdk/client-iot";
import { SignatureV4 } from "@smithy/signature-v4";
import mqtt, { type MqttClient } from "mqtt";
import { liveConnectMs, liveKeepAliveSeconds } from "../../stream/limits.ts";
import type { LiveEvents } from "../../stream/ports.ts";
import { acrossRegions, patience } from "../platform/clients.ts";

/**
 * Live events from IoT Core, of another region if one is named, over MQTT in a WebSocket with a signed URL: one
 * connection for each subscription. MQTT 3.1.1, like the devices.
 */
export const iotLiveEvents = (otherRegion?: string): LiveEvents => {
  const iot = new IoTClient(
    otherRegion === undefined ? patience : { ...acrossRegions, region: otherRegion },
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
      let over = false;
      const end = (error?: Error): void => {
        if (!over) on.end(error);
        over = true;
      };
      client.on("error", end);
      client.on("close", () => end());
      const ping = (): void => {
        if (client.connected) client.sendPing();
      };
      const close = async (): Promise<void> => {
        over = true;
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

/** The broker's address: what the environment says, as for every AWS client, or what IoT Core says. */
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
  // IoT Core wants the session's token beside the signature, not under it.
  if (sessionToken !== undefined) signed.searchParams.set("X-Amz-Security-Token", sessionToken);
  return signed;
};

/** Connects once: a stream whose broker went away ends, and its client comes back. */
const connect = async (url: URL): Promise<MqttClient> => {
  const secure = url.protocol === "wss:";
  // In parts: given a text, mqtt reads it with a function that Node warns of, in every environment's log.
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
  // IoT Core hangs up on whom it does not let in, without a word.
  client.once("close", () => reject(new Error("the broker closed the connection")));
  return promise;
};
