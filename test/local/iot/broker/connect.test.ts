import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { networkInterfaces } from "node:os";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { AttachThingPrincipalCommand, UpdateCertificateCommand } from "@aws-sdk/client-iot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepAlive } from "../../../../local/iot/broker/checks.ts";
import { issue } from "../../../../local/iot/certificate/x509.ts";
import { closed, heard, startTestCloud, type TestCloud, tls } from "../support/cloud.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

/** A certificate of another authority with the name of ours. */
const foreign = () => {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { name: "Godwit local root", ...keys };
  return {
    certificate: issue({ subject: "x", publicKey: keys.publicKey, use: "client" }, issuer),
    privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
};

/** Resolves when TLS or the broker has closed a connection with this certificate. */
const turnedAway = async (options: object): Promise<void> => {
  const socket = connectTls({
    port: cloud.iot.mqttPort,
    host: "127.0.0.1",
    ca: cloud.iot.caPem,
    ...options,
  });
  await end(socket);
};

/** Resolves when a socket is closed, with or without an error. */
const end = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve) =>
    socket
      .on("error", () => {})
      .once("close", resolve)
      .resume(),
  );

describe("a client", () => {
  it("connects with its certificate and the name of its thing", async () => {
    const client = await cloud.connect(await cloud.addDevice());
    expect(client.connected).toBe(true);
  });

  it("connects to localhost as well", async () => {
    const client = await cloud.connect(await cloud.addDevice(), { host: "localhost" });
    expect(client.connected).toBe(true);
  });

  it("is rejected without a certificate", async () => {
    await turnedAway({});
  });

  it("is rejected with a certificate of another authority", async () => {
    const { certificate, privateKey } = foreign();
    await turnedAway({ cert: certificate, key: privateKey });
  });

  it("is rejected with an unregistered certificate of our authority, such as the server's", async () => {
    await turnedAway({
      cert: await readFile(`${cloud.folder}/server.pem`),
      key: await readFile(`${cloud.folder}/server.key`),
    });
  });

  it("is rejected with an inactive certificate, and stays connected when it becomes inactive", async () => {
    const device = await cloud.addDevice();
    const { certificateId } = device;
    const client = await cloud.connect(device);
    await cloud.control.send(
      new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }),
    );
    await client.publishAsync(`events/${device.fleet}/${device.id}/n`, "1", { qos: 1 });
    await client.endAsync();
    await turnedAway({ cert: device.certificate, key: device.privateKey });
    await cloud.control.send(new UpdateCertificateCommand({ certificateId, newStatus: "ACTIVE" }));
    expect((await cloud.connect(device)).connected).toBe(true);
  });

  it("is rejected with the name of another device", async () => {
    const [mine, other] = [await cloud.addDevice(), await cloud.addDevice()];
    await expect(cloud.connect(mine, { clientId: other.id })).rejects.toThrow();
  });

  it("is rejected with a name without a thing", async () => {
    await expect(cloud.connect(await cloud.addDevice(), { clientId: "x" })).rejects.toThrow();
  });

  it("is rejected when its certificate has no policy", async () => {
    await expect(cloud.connect(await cloud.addDevice("f1", []))).rejects.toThrow();
  });

  it("connects with the name of each thing of its certificate", async () => {
    const [first, second] = [await cloud.addDevice(), await cloud.addDevice()];
    const { certificateArn: principal } = first;
    await cloud.control.send(new AttachThingPrincipalCommand({ thingName: second.id, principal }));
    expect((await cloud.connect(first, { clientId: second.id })).connected).toBe(true);
  });

  it("is rejected with MQTT 3.1", async () => {
    const old = { protocolVersion: 3, protocolId: "MQIsdp" } as const;
    await expect(cloud.connect(await cloud.addDevice(), old)).rejects.toThrow("hung up");
    expect(cloud.logged.at(-1)?.[1]).toMatchObject({ reason: "MQTT 3.1" });
  });

  it("is answered that MQTT 5 is not supported", async () => {
    const connecting = cloud.connect(await cloud.addDevice(), { protocolVersion: 5 });
    await expect(connecting).rejects.toThrow(/protocol/i);
  });

  it("replaces the connection with the same client id", async () => {
    const device = await cloud.addDevice();
    const older = await cloud.connect(device);
    const cut = closed(older);
    const newer = await cloud.connect(device);
    await cut;
    await newer.subscribeAsync(`events/f1/#`);
    const messages = heard(newer);
    await newer.publishAsync(`events/f1/${device.id}/t`, "1", { qos: 1 });
    await expect.poll(() => messages).toEqual([`events/f1/${device.id}/t 1`]);
    expect(older.connected).toBe(false);
  });

  it("is disconnected when it sends another packet before CONNECT, or bytes that are not MQTT", async () => {
    const device = await cloud.addDevice();
    for (const bytes of [
      [0xc0, 0x00],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]) {
      const socket = connectTls({
        port: cloud.iot.mqttPort,
        host: "127.0.0.1",
        ...tls(device, cloud.iot.caPem),
      });
      await once(socket, "secureConnect");
      const ended = end(socket);
      socket.write(Buffer.from(bytes));
      await ended;
    }
  });

  it("is disconnected when it starts a packet that exceeds the maximum size", async () => {
    const device = await cloud.addDevice();
    const client = await cloud.connect(device);
    const cut = closed(client);
    // A PUBLISH that announces 256 MB and never ends.
    client.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    const more = setInterval(() => client.stream.write(Buffer.alloc(65_536)), 1);
    await cut;
    clearInterval(more);
  });
});

describe("the keep-alive", () => {
  it.each([
    [0, 1_200],
    [60, 60],
    [5, 30],
    [1_201, 1_200],
  ])("requested as %i s is %i s", (asked, holds) => {
    expect(keepAlive(asked)).toBe(holds);
  });
});

describe("the listeners", () => {
  it("use the loopback address only", async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((some) => some ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    const ports = [
      cloud.iot.mqttPort,
      ...[cloud.iot.data.url, cloud.iot.control.url].map((url) => Number(new URL(url).port)),
    ];
    for (const { address } of addresses) {
      for (const port of ports) {
        const socket = connectTcp({ port, host: address });
        await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
      }
    }
  });
});
