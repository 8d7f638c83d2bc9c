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

/** A certificate that some other authority signed, under the name of ours. */
const foreign = () => {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { name: "Godwit local root", ...keys };
  return {
    certificate: issue({ subject: "x", publicKey: keys.publicKey, use: "client" }, issuer),
    privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
};

/** Resolves when TLS or the broker has ended a connection that shows this. */
const turnedAway = async (options: object): Promise<void> => {
  const socket = connectTls({
    port: cloud.iot.mqttPort,
    host: "127.0.0.1",
    ca: cloud.iot.caPem,
    ...options,
  });
  await end(socket);
};

/** Resolves when a socket is closed, with an error or without. */
const end = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve) =>
    socket
      .on("error", () => {})
      .once("close", resolve)
      .resume(),
  );

describe("a client", () => {
  it("gets in with its own certificate, under the name of its thing", async () => {
    const client = await cloud.connect(await cloud.addDevice());
    expect(client.connected).toBe(true);
  });

  it("gets in at localhost as well", async () => {
    const client = await cloud.connect(await cloud.addDevice(), { host: "localhost" });
    expect(client.connected).toBe(true);
  });

  it("does not get in without a certificate", async () => {
    await turnedAway({});
  });

  it("does not get in with a certificate of another authority", async () => {
    const { certificate, privateKey } = foreign();
    await turnedAway({ cert: certificate, key: privateKey });
  });

  it("does not get in with a certificate of ours that is not registered, such as the server's", async () => {
    await turnedAway({
      cert: await readFile(`${cloud.folder}/server.pem`),
      key: await readFile(`${cloud.folder}/server.key`),
    });
  });

  it("does not get in with an inactive certificate, and stays when it becomes so", async () => {
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

  it("does not get in under the name of another device", async () => {
    const [mine, other] = [await cloud.addDevice(), await cloud.addDevice()];
    await expect(cloud.connect(mine, { clientId: other.id })).rejects.toThrow();
  });

  it("does not get in under a name that is no thing's", async () => {
    await expect(cloud.connect(await cloud.addDevice(), { clientId: "x" })).rejects.toThrow();
  });

  it("does not get in when no policy is attached to its certificate", async () => {
    await expect(cloud.connect(await cloud.addDevice("f1", []))).rejects.toThrow();
  });

  it("gets in under the name of each thing that its certificate is attached to", async () => {
    const [first, second] = [await cloud.addDevice(), await cloud.addDevice()];
    const { certificateArn: principal } = first;
    await cloud.control.send(new AttachThingPrincipalCommand({ thingName: second.id, principal }));
    expect((await cloud.connect(first, { clientId: second.id })).connected).toBe(true);
  });

  it("does not get in with MQTT 3.1", async () => {
    const old = { protocolVersion: 3, protocolId: "MQIsdp" } as const;
    await expect(cloud.connect(await cloud.addDevice(), old)).rejects.toThrow("hung up");
    expect(cloud.logged.at(-1)?.[1]).toMatchObject({ reason: "MQTT 3.1" });
  });

  it("is told that MQTT 5 is not spoken here", async () => {
    const connecting = cloud.connect(await cloud.addDevice(), { protocolVersion: 5 });
    await expect(connecting).rejects.toThrow(/protocol/i);
  });

  it("takes the place of the one that is connected under the same id", async () => {
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

  it("is cut when it says anything before CONNECT, or nothing that is MQTT", async () => {
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

  it("is cut when it begins a packet larger than any that is taken", async () => {
    const device = await cloud.addDevice();
    const client = await cloud.connect(device);
    const cut = closed(client);
    // A PUBLISH that announces 256 MB and goes on and on.
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
  ])("that holds for %i s is %i s", (asked, holds) => {
    expect(keepAlive(asked)).toBe(holds);
  });
});

describe("the listeners", () => {
  it("are on this machine's loopback address alone", async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((some) => some ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    const ports = [
      cloud.iot.mqttPort,
      ...[cloud.iot.dataUrl, cloud.iot.controlUrl].map((url) => Number(new URL(url).port)),
    ];
    for (const { address } of addresses) {
      for (const port of ports) {
        const socket = connectTcp({ port, host: address });
        await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
      }
    }
  });
});
