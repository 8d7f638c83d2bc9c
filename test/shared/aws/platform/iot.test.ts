import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import mqtt from "mqtt";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { deviceLinks } from "#shared/aws/device/deviceLinks.ts";
import { brokerAuthority, iotRegistries } from "#shared/aws/device/registry.ts";
import { iotLiveEvents } from "#shared/aws/event/liveEvents.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import type { Credentials } from "#shared/device/registry/registry.ts";
import { liveConnectMs } from "#shared/stream/limits.ts";
import { deviceLinkContract } from "../../../contracts/device/deviceLink.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { brokerContract } from "../../../contracts/platform/broker.ts";
import {
  closed,
  credentials,
  policyName,
  region,
  startTestCloud,
} from "../../../local/iot/support/cloud.ts";

const cloud = await startTestCloud();
afterAll(() => cloud.stop());

const { newTable } = await startDynamo(credentials);
const replies = await newTable("device", "call");
const db = openTables();
process.env.AWS_REGION = region;
process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
process.env.AWS_ENDPOINT_URL_IOT = cloud.iot.control.url;
process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = cloud.iot.data.url;
afterEach(() => {
  vi.useRealTimers();
  process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = cloud.iot.data.url;
});

const [registry] = iotRegistries({ region, regions: [region] }, policyName);

/** The registrations of a device that the registry has provisioned. */
const identities = new Map<string, Promise<Credentials>>();
const identityOf = (id: string): Promise<Credentials> => {
  const known = identities.get(id) ?? registry.provision(id, "f1");
  identities.set(id, known);
  return known;
};

/** Connects as such a device does. */
const connect = async (id: string) => {
  const { certificate: cert, privateKey: key } = await identityOf(id);
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${cloud.iot.mqttPort}`, {
    clientId: id,
    cert,
    key,
    ca: cloud.iot.caPem,
    reconnectPeriod: 0,
  });
  return { client, leave: () => client.endAsync() };
};

brokerContract(async () => ({ broker: iotBroker(), liveEvents: iotLiveEvents() }));

/**
 * The table to which the rule of this IoT Core writes is a list. Replies are added where the
 * connection reads them.
 */
const carryReplies = async (): Promise<void> => {
  for (const { item } of cloud.table.splice(0)) {
    await db.put({ TableName: replies, Item: { ...item } });
  }
};

deviceLinkContract(async () => {
  const [link] = deviceLinks({ region, regions: [region] }, replies);
  if (link === undefined) throw new Error("there is no connection to devices");
  return {
    link: {
      ...link,
      async reply(device, call) {
        await carryReplies();
        return link.reply(device, call);
      },
    },
    async connect(id) {
      const { client, leave } = await connect(id);
      const heard: { topic: string; message: string }[] = [];
      client.on("message", (topic, payload) => {
        heard.push({ topic, message: payload.toString() });
        const answer = { id: JSON.parse(payload.toString()).id, value: "é" };
        client.publish(`$aws/rules/godwit_returns/returns/${id}`, JSON.stringify(answer));
      });
      return { heard, leave };
    },
  };
});

describe("a message to a device", () => {
  it.each([
    ["fails", 500, {}],
    ["is throttled", 429, { code: "too_many_requests", retryAfterSeconds: 1 }],
    ["cannot be reached", 503, {}],
  ])("is sent once when IoT Core %s", async (_, status, failure) => {
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url?.split("?")[0]}`);
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = `http://127.0.0.1:${port}`;
    const [link] = deviceLinks({ region, regions: [region] }, replies);
    const sent = link?.send("d1", "calls/d1", Buffer.from("{}"));
    await expect(sent).rejects.toMatchObject(failure);
    expect(asked).toEqual(["POST /connections/d1/messages"]);
    server.close();
    server.closeAllConnections();
  });

  it.each([
    [403, "refused"],
    [404, "offline"],
    [504, "unconfirmed"],
  ] as const)("has a known result for the status %i alone: %s", async (status, result) => {
    const server = createHttpServer((_, response) => {
      response.writeHead(status, { "content-type": "text/plain" }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = `http://127.0.0.1:${port}`;
    const [link] = deviceLinks({ region, regions: [region] }, replies);
    expect(await link?.send("d1", "calls/d1", Buffer.from("{}"))).toBe(result);
    if (status === 404) {
      expect(await link?.presence("d1")).toEqual({ connected: false });
      await link?.disconnect("d1");
    }
    server.close();
    server.closeAllConnections();
  });

  it("is sent on a new connection after IoT Core has closed the last one", async () => {
    const used = new WeakSet<Socket>();
    const server = createHttpServer(({ socket }, response) => {
      if (used.has(socket)) socket.resetAndDestroy();
      else response.writeHead(200, { "content-type": "application/json" }).end("{}");
      used.add(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = `http://127.0.0.1:${port}`;
    const [link] = deviceLinks({ region, regions: [region] }, replies);
    const send = async () => await link?.send("d1", "calls/d1", Buffer.from("{}"));
    expect([await send(), await send()]).toEqual(["confirmed", "confirmed"]);
    server.close();
    server.closeAllConnections();
  });
});

describe("a provisioned device", () => {
  it("is in another fleet after a move and a reconnection", async () => {
    const id = "00000000000000000000bbbb";
    const { client } = await connect(id);
    await registry.move(id, "f9");
    await client.endAsync();
    const { client: again } = await connect(id);
    await again.publishAsync(`events/f9/${id}/n`, "1", { qos: 1 });
    const out = closed(again);
    again.publish(`events/f1/${id}/n`, "1", { qos: 1 });
    await out;
  });

  it("is registered in another region with the certificate of its first, repeatedly", async () => {
    const id = "00000000000000000000dddd";
    const first = await startTestCloud();
    process.env.AWS_ENDPOINT_URL_IOT = first.iot.control.url;
    const [home] = iotRegistries({ region, regions: [region] }, policyName);
    const made = await home.provision(id, "f1");
    process.env.AWS_ENDPOINT_URL_IOT = cloud.iot.control.url;
    const [, there] = iotRegistries({ region: "eu-west-1", regions: [region] }, policyName);
    await first.stop();
    expect(await there?.admit(id, "f1", made.certificate)).toBe(false);
    expect(await there?.admit(id, "f1", made.certificate)).toBe(false);
    identities.set(id, Promise.resolve(made));
    const { client, leave } = await connect(id);
    await client.publishAsync(`events/f1/${id}/n`, "1", { qos: 1 });
    await leave();
    expect(await there?.admit(id, "f2", made.certificate)).toBe(true);
    const { client: moved, leave: leaveAgain } = await connect(id);
    await moved.publishAsync(`events/f2/${id}/n`, "1", { qos: 1 });
    await leaveAgain();
  });

  it("has the certificates of its record, and revokes all others", async () => {
    const id = "00000000000000000000eeee";
    const first = await registry.provision(id, "f1");
    const second = await registry.issue();
    const tryToConnect = ({ certificate: cert, privateKey: key }: Credentials): Promise<boolean> =>
      new Promise((resolve) => {
        const client = mqtt.connect(`mqtts://127.0.0.1:${cloud.iot.mqttPort}`, {
          clientId: id,
          cert,
          key,
          ca: cloud.iot.caPem,
          reconnectPeriod: 0,
        });
        client.on("error", () => {});
        client.once("connect", () => {
          resolve(true);
          client.end();
        });
        client.once("close", () => resolve(false));
      });
    const both = async () => [await tryToConnect(first), await tryToConnect(second)];
    const align = (isSuspended: boolean, ...certificates: readonly Credentials[]) => {
      const pems = certificates.map(({ certificate }) => certificate);
      return registry.align(id, "f1", { certificates: pems, isSuspended });
    };
    expect(await both()).toEqual([true, false]);
    expect(await align(false, first, second)).toBe(false);
    expect(await both()).toEqual([true, true]);
    await align(true, first, second);
    expect(await both()).toEqual([false, false]);
    await align(false, first, second);
    expect(await both()).toEqual([true, true]);
    await align(false, second);
    await align(false, second);
    expect(await both()).toEqual([false, true]);
    await align(false, first, second);
    expect(await both()).toEqual([false, true]);
    await align(false);
    expect(await both()).toEqual([false, false]);
    const moved = { certificates: [], isSuspended: false };
    expect(await registry.align(id, "f2", moved)).toBe(true);
  });

  it("gets the endpoint to connect to", async () => {
    const endpoint = await registry.endpoint();
    expect(endpoint).toBe(`mqtts://127.0.0.1:${cloud.iot.mqttPort}`);
  });

  it("is refused with a message when its signing request is malformed", async () => {
    const made = registry.provision("00000000000000000000cccc", "f1", "garbage");
    await expect(made).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringMatching(/^csr: /),
    });
  });

  it("can publish in its fleet, and is disconnected when it publishes to another one", async () => {
    const { client } = await connect("00000000000000000000aaaa");
    await client.publishAsync("events/f1/00000000000000000000aaaa/n", "1", { qos: 1 });
    const out = closed(client);
    client.publish("events/f2/00000000000000000000aaaa/n", "1", { qos: 1 });
    await out;
    await client.endAsync(true);
  });
});

it("knows the certificate that signed the broker's on AWS", () => {
  const authority = new X509Certificate(brokerAuthority("amazon"));
  const { subject, publicKey } = authority;
  expect(subject).toContain("CN=Amazon Root CA 1");
  // A root signs itself.
  expect(authority.verify(publicKey)).toBe(true);
  expect(publicKey.asymmetricKeyType).toBe("rsa");
  expect(brokerAuthority("a certificate")).toBe("a certificate");
});

describe("live events", () => {
  const on = () => ({ message: vi.fn(), end: vi.fn() });

  /** An endpoint that handles each connection with a given function. */
  const endpoint = async (handle: (socket: Socket) => void) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      handle(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = `http://127.0.0.1:${port}`;
    return () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
  };

  it.each([
    ["closes the connection", (socket: Socket) => socket.destroy()],
    ["resets the connection", (socket: Socket) => socket.resetAndDestroy()],
    [
      "refuses the signature",
      (socket: Socket) => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
    ],
  ])("fail when the broker %s before it accepts them", async (_, answer) => {
    const stop = await endpoint((socket) => socket.once("data", () => answer(socket)));
    await expect(iotLiveEvents().subscribe(["events/f1/#"], on())).rejects.toThrow();
    stop();
  });

  it("fail when the port is closed", async () => {
    (await endpoint(() => undefined))();
    await expect(iotLiveEvents().subscribe(["events/f1/#"], on())).rejects.toThrow();
  });

  it("fail when the broker does not answer in time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<void>();
    const stop = await endpoint((socket) => socket.once("data", () => asked.resolve()));
    const failing = expect(iotLiveEvents().subscribe(["events/f1/#"], on())).rejects.toThrow();
    await asked.promise;
    await vi.advanceTimersByTimeAsync(liveConnectMs);
    await failing;
    stop();
  });

  it("fail when the broker is unavailable, and reconnect when it is back", async () => {
    const liveEvents = iotLiveEvents();
    delete process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE;
    const control = process.env.AWS_ENDPOINT_URL_IOT;
    process.env.AWS_ENDPOINT_URL_IOT = "http://127.0.0.1:9";
    const failing = iotLiveEvents();
    await expect(failing.subscribe(["events/f1/#"], on())).rejects.toThrow();
    process.env.AWS_ENDPOINT_URL_IOT = control;
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = cloud.iot.data.url;
    for (const one of [failing, liveEvents]) {
      const { close } = await one.subscribe(["events/f1/#"], on());
      await close();
    }
  });

  it("ask IoT Core for the endpoint, and verify its certificate", async () => {
    delete process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE;
    // The endpoint is the emulator's MQTT port, whose authority is its own.
    await expect(iotLiveEvents().subscribe(["events/f1/#"], on())).rejects.toMatchObject({
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  it("report once that the broker disconnected", async () => {
    const heard = on();
    const own = await startTestCloud();
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = own.iot.data.url;
    const { close } = await iotLiveEvents().subscribe(["events/f1/#"], heard);
    await own.stop();
    await vi.waitFor(() => expect(heard.end).toHaveBeenCalledOnce());
    await close();
    expect(heard.end).toHaveBeenCalledOnce();
  });
});
