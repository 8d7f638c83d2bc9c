import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { statusPublishMs } from "#shared/presence/limits.ts";
import { apiClient, connectDevice, openStream } from "../support/client.ts";
import { spawnCloud } from "../support/spawnCloud.ts";
import { until } from "../support/until.ts";

it("presence is correct after the broker is killed with connected devices", async () => {
  const data = await mkdtemp(join(tmpdir(), "godwit-presence-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const first = await spawnCloud("--no-demo", "--data", data);
  const user = JSON.parse(await first.read("demo/user.json"));
  const identity = JSON.parse(await first.read("demo/device.json"));
  const path = `/v1/devices/${identity.id}`;
  const sessionOf = async (cloud: typeof first) =>
    (await apiClient(cloud, user.token)("GET", path)).body;

  const options = { reconnectPeriod: 0 };
  for (const _ of ["first connection", "second connection"]) {
    const client = await connectDevice(first, identity, options);
    await client.endAsync();
  }
  await connectDevice(first, identity, options);
  const before = await until("the session is stored", async () => {
    const seen = await sessionOf(first);
    return seen.last_ip_address !== null && seen.connected && seen;
  });
  await first.kill();

  const second = await spawnCloud("--no-demo", "--data", data);
  expect((await sessionOf(second)).connected).toBe(false);
  const openStatuses = async () => {
    const stream = await openStream(second, "/v1/devices/events/spark/status", user.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    return stream;
  };
  const stream = await openStatuses();
  const again = await connectDevice(second, identity, options);
  // If the kill hit the worker that published the statuses, its lease has to end first.
  await until(
    "the event online is received",
    () => stream.events().some(({ data: payload }) => payload.data === "online"),
    statusPublishMs + 30_000,
  );
  // The last messages of the killed broker may be redelivered as "online" too: only the session
  // shows the new connection.
  await until("the session has the new connection", async () => {
    const { connected, last_handshake_at: at } = await sessionOf(second);
    return connected && Date.parse(at) > Date.parse(before.last_handshake_at);
  });
  // A stream lives 90 s at most, and the lease may have taken longer.
  const next = await openStatuses();
  await again.endAsync();
  await until("the event offline is received", () => next.events().at(-1)?.data.data === "offline");
}, 180_000);
