import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createConnectRateLimiter } from "../../../../local/iot/broker/connectRateLimiter.ts";
import { listenMqtt, type MqttListener } from "../../../../local/iot/broker/mqttListener.ts";
import { openAuthority } from "../../../../local/iot/certificate/authority.ts";
import { openRegistry } from "../../../../local/iot/registry.ts";

let listener: MqttListener;
let folder: string;
const logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "half-open-"));
  const log = (message: string) => void logged.push(message);
  listener = await listenMqtt({
    port: 0,
    authority: await openAuthority(folder),
    registry: await openRegistry(folder),
    policies: new Map(),
    arnPrefix: "arn:",
    connectRateLimiter: createConnectRateLimiter(1_000, performance.now.bind(performance), log),
    log,
    handshakeMsMax: 150,
  });
});

afterAll(async () => {
  await listener.close();
  await rm(folder, { recursive: true, force: true });
});

/** Resolves when the other end has closed the connection, within the test's timeout. */
const cut = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) =>
    socket
      .on("error", () => {})
      .on("close", resolve)
      .resume(),
  );

/** The first bytes of a ClientHello that announces 512 bytes. */
const hello = Buffer.from("16030102000100", "hex");

it.each([
  ["says nothing", Buffer.alloc(0)],
  ["says half a hello", hello],
  ["speaks HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["speaks MQTT without TLS", Buffer.from("101000044d5154540402003c000461626364", "hex")],
  ["says anything", Buffer.from("\0\x01\x02\xff".repeat(50), "latin1")],
])("closes a connection that %s", async (_, bytes) => {
  const socket = connect(listener.port, "127.0.0.1");
  const ended = cut(socket);
  socket.write(bytes);
  await ended;
});

it("closes many half-open handshakes with one log line in 10 seconds", async () => {
  const before = logged.length;
  const sockets = Array.from({ length: 50 }, () => connect(listener.port, "127.0.0.1"));
  const ended = sockets.map(cut);
  for (const socket of sockets) socket.write(hello);
  await Promise.all(ended);
  expect(logged.length - before).toBeLessThanOrEqual(1);
});
