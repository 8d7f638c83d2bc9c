import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import {
  closed,
  credentials,
  heard,
  region,
  startTestCloud,
  type TestCloud,
} from "../support/cloud.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret ? createHmac("sha256", secret as string) : createHash("sha256");
  }
  update(data: Uint8Array) {
    this.#hash.update(data);
  }
  digest() {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset() {}
}

interface Signing {
  readonly service?: string;
  readonly secretAccessKey?: string;
  readonly signingDate?: Date;
  readonly expiresIn?: number;
}

/** A URL signed by the SDK's signer, as functions do. */
const signedUrl = async (signing: Signing = {}): Promise<string> => {
  const { service = "iotdevicegateway", secretAccessKey, ...options } = signing;
  const url = new URL("/mqtt", cloud.iot.data.url.replace("http", "ws"));
  const signer = new SignatureV4({
    service,
    region,
    credentials: { ...credentials, ...(secretAccessKey && { secretAccessKey }) },
    sha256: Sha256,
  });
  const request = {
    method: "GET",
    protocol: "ws:",
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query: {},
    headers: { host: url.host },
  };
  const { query = {} } = await signer.presign(request, options);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url.href;
};

const connect = async (url: string, options: object = {}): Promise<MqttClient> => {
  const client = mqtt.connect(url, { clientId: "stream-1", reconnectPeriod: 0, ...options });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("the broker hung up")));
  });
  return client;
};

describe("MQTT over a WebSocket", () => {
  it("receives messages of every fleet with a signed URL", async () => {
    const device = await cloud.addDevice("any");
    const client = await connect(await signedUrl());
    await client.subscribeAsync("events/any/#");
    const messages = heard(client);
    const publisher = await cloud.connect(device);
    const payload = "x".repeat(100_000);
    await publisher.publishAsync(`events/any/${device.id}/t`, payload, { qos: 1 });
    await expect.poll(() => messages).toEqual([`events/any/${device.id}/t ${payload}`]);
    await client.endAsync();
  });

  it("publishes through the rules", async () => {
    const client = await connect(await signedUrl());
    await client.publishAsync("events/any/x/t", "1", { qos: 1 });
    expect(cloud.queue.at(-1)).toContain("events/any/x/t");
    await client.endAsync();
  });

  it("receives presence events", async () => {
    const client = await connect(await signedUrl());
    await client.subscribeAsync("$aws/events/presence/+/#");
    const messages = heard(client);
    const device = await cloud.addDevice();
    await cloud.connect(device);
    await expect.poll(() => messages.join()).toContain(`connected/${device.id}`);
    await client.endAsync();
  });

  it.each(["$SYS/#", "$aws/rules/#", "$aws/things/#"])("does not receive %s", async (filter) => {
    const client = await connect(await signedUrl());
    const cut = closed(client);
    client.subscribeAsync(filter).catch(() => {});
    await cut;
  });

  it("receives no reserved topics with a wildcard", async () => {
    const client = await connect(await signedUrl());
    await client.subscribeAsync(["#", "+/#"]);
    const messages = heard(client);
    await cloud.connect(await cloud.addDevice());
    await client.publishAsync("last", "");
    await expect.poll(() => messages).toEqual(["last "]);
    await client.endAsync();
  });

  it.each([
    ["an empty client id", { clientId: "" }],
    ["a client id of more than 128 bytes", { clientId: "n".repeat(129) }],
  ])("is rejected with %s", async (_, options) => {
    await expect(connect(await signedUrl(), options)).rejects.toThrow("hung up");
  });

  it("accepts an unsigned session token", async () => {
    const client = await connect(`${await signedUrl()}&X-Amz-Security-Token=token%2F%3D`);
    expect(client.connected).toBe(true);
    await client.endAsync();
  });

  const refusal = async (url: string): Promise<unknown> => {
    await expect(connect(url)).rejects.toThrow();
    return cloud.logged.at(-1);
  };

  it.each<[string, Signing, string]>([
    ["signed with another secret", { secretAccessKey: "wrong" }, "does not match"],
    ["signed for another service", { service: "execute-api" }, "signed for"],
    ["that has expired", { signingDate: new Date(Date.now() - 61_000), expiresIn: 60 }, "expired"],
    ["from the future", { signingDate: new Date(Date.now() + 3_600_000) }, "not valid yet"],
  ])("is rejected with a URL %s", async (_, signing, reason) => {
    expect(await refusal(await signedUrl(signing))).toEqual([
      "WebSocket rejected",
      { reason: expect.stringContaining(reason) },
    ]);
  });

  it.each([
    ["was changed after it was signed", "X-Amz-Expires=60", "X-Amz-Expires=61", "does not match"],
    ["is not signed", /\?.*/, "", "not signed"],
    ["has another path", "/mqtt", "/other", "only /mqtt"],
  ])("is rejected with a URL that %s", async (_, old, fresh, reason) => {
    const url = await signedUrl({ expiresIn: 60 });
    expect(await refusal(url.replace(old, fresh))).toEqual([
      "WebSocket rejected",
      { reason: expect.stringContaining(reason) },
    ]);
  });

  it("sends a message in one frame", async () => {
    const socket = new WebSocket(await signedUrl(), "mqtt");
    const frames: Buffer[] = [];
    socket.on("message", (data: Buffer) => void frames.push(data));
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.protocol).toBe("mqtt");
    const name = Buffer.from("stream-2");
    const connectPacket = [
      0x10,
      12 + name.length,
      0,
      4,
      ...Buffer.from("MQTT"),
      4,
      2,
      0,
      60,
      0,
      name.length,
      ...name,
    ];
    const filter = Buffer.from("frames/#");
    const subscribe = [0x82, 5 + filter.length, 0, 1, 0, filter.length, ...filter, 0];
    socket.send(Buffer.from(connectPacket));
    await expect.poll(() => frames).toHaveLength(1);
    // In parts: a packet may span frames [MQTT-6.0.0-4].
    socket.send(Buffer.from(subscribe.slice(0, 3)));
    socket.send(Buffer.from(subscribe.slice(3)));
    await expect.poll(() => frames).toHaveLength(2);
    const client = await connect(await signedUrl());
    await client.publishAsync("frames/a", "x".repeat(50_000));
    await expect.poll(() => frames).toHaveLength(3);
    expect(frames[2]).toHaveLength(1 + 3 + 2 + 8 + 50_000);
    socket.terminate();
    await client.endAsync();
  });
});
