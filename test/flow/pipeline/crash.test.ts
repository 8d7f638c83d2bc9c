import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { apiClient, connectDevice } from "../support/client.ts";
import { spawnCloud } from "../support/spawnCloud.ts";
import { target } from "../support/target.ts";
import { until } from "../support/until.ts";

/** Enough events to occupy every stage of the pipeline when the process is killed. */
const events = 3_000;

it("loses no acknowledged event when the process is killed with many events in progress (I1)", async () => {
  const data = await mkdtemp(join(tmpdir(), "godwit-crash-"));
  onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));
  const { url, values } = await target();
  const first = await spawnCloud("--data", data, "--no-demo");
  const user = JSON.parse(await first.read("demo/user.json"));
  const identity = JSON.parse(await first.read("demo/device.json"));
  await apiClient(first, user.token)("POST", "/v1/integrations", { event: "n", url });
  const device = await connectDevice(first, identity);
  const acknowledged = new Set<string>();
  for (let i = 0; i < events; i += 1) {
    const topic = `events/${identity.fleet}/${identity.id}/n`;
    device.publish(topic, String(i), { qos: 1 }, (error) => {
      if (!error) acknowledged.add(String(i));
    });
  }
  await until("half of the events are acknowledged", () => acknowledged.size >= events / 2, 30_000);
  await first.kill();
  await spawnCloud("--data", data, "--no-demo");
  const missing = () => [...acknowledged].filter((n) => !arrived().has(n));
  const arrived = () => new Set(values("data"));
  await until("all acknowledged events arrive", () => missing().length === 0, 60_000);
  expect(missing()).toEqual([]);
}, 120_000);
