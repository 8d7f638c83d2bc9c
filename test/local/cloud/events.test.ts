import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { expect, it, onTestFinished, vi } from "vitest";
import { spawnCloud } from "../../flow/support/spawnCloud.ts";
import { testCloud } from "../../flow/support/testCloud.ts";

/** Failed deliveries are retried after 2, 5 and 15 seconds. */
const waitMsMax = 45_000;

it("delivers the demo device's events to the demo webhook, through the same integration after a restart", async () => {
  const data = await mkdtemp(join(tmpdir(), "demo-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const run = async () => {
    const received: string[] = [];
    const log = (message: string, fields = {}) => {
      if (message === "demo webhook: received") received.push(JSON.stringify(fields));
    };
    const cloud = await testCloud({ data, demo: true, log });
    await vi.waitFor(() => expect(received.join()).toContain("temperature"), waitMsMax);
    const headers = { authorization: `Bearer ${cloud.user.token}` };
    const integrations = await (await fetch(`${cloud.api}/v1/integrations`, { headers })).json();
    await cloud.stop();
    return integrations as { id: string }[];
  };
  const first = await run();
  expect(first).toHaveLength(1);
  expect((await run()).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
});

it("loses no acknowledged event on kill -9", async () => {
  const data = await mkdtemp(join(tmpdir(), "killed-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const acknowledged: string[] = [];
  const arrived = new Set<string>();
  let status = 503;
  const target = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      if (status === 200) arrived.add(new URLSearchParams(body).get("data") ?? "");
      response.writeHead(status).end();
    });
  });
  onTestFinished(() => void target.close());

  const first = await spawnCloud("--no-demo", "--data", data);
  const device = JSON.parse(await first.read("demo/device.json"));
  const { token } = JSON.parse(await first.read("demo/user.json"));
  target.listen(0, "127.0.0.1");
  await once(target, "listening");
  const { port } = target.address() as { port: number };
  const created = await fetch(`${first.api}/v1/integrations`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      event: "count",
      url: `http://127.0.0.1:${port}`,
      integration_type: "Webhook",
    }),
  });
  expect(created.ok).toBe(true);
  const mqtt = await connectAsync(first.mqtt, {
    clientId: device.id,
    ca: await readFile(join(data, "ca.pem")),
    cert: device.certificate,
    key: device.privateKey,
    reconnectPeriod: 0,
  });
  mqtt.on("error", () => {});
  for (let i = 0; i < 4; i += 1) {
    const batch = Array.from({ length: 50 }, (_, j) => `${i}-${j}`);
    await Promise.all(
      batch.map(async (text) => {
        await mqtt.publishAsync(`events/${device.fleet}/${device.id}/count`, text, { qos: 1 });
        acknowledged.push(text);
      }),
    );
  }
  await first.kill();
  mqtt.end(true);
  expect(acknowledged).toHaveLength(200);

  status = 200;
  await spawnCloud("--no-demo", "--data", data);
  const missing = () => acknowledged.filter((text) => !arrived.has(text));
  await vi.waitFor(() => expect(missing()).toEqual([]), waitMsMax);
}, 90_000);
