import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { apiClient, connectDevice, openStream } from "../support/client.ts";
import { spawnCloud } from "../support/spawnCloud.ts";
import { until } from "../support/until.ts";

it("presence is right after the broker was killed with devices connected", async () => {
  const data = await mkdtemp(join(tmpdir(), "godwit-presence-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const first = await spawnCloud("--no-demo", "--data", data);
  const user = JSON.parse(await first.read("demo/user.json"));
  const identity = JSON.parse(await first.read("demo/device.json"));
  const path = `/v1/devices/${identity.id}`;
  const sessionOf = async (cloud: typeof first) =>
    (await apiClient(cloud, user.token)("GET", path)).body;

  const options = { reconnectPeriod: 0 };
  for (const _ of ["numbers rise", "so that a new broker's would be below"]) {
    const client = await connectDevice(first, identity, options);
    await client.endAsync();
  }
  await connectDevice(first, identity, options);
  const before = await until("the connection is noted", async () => {
    const seen = await sessionOf(first);
    return seen.last_ip_address !== null && seen.connected && seen;
  });
  await first.kill();

  const second = await spawnCloud("--no-demo", "--data", data);
  expect((await sessionOf(second)).connected).toBe(false);
  const stream = await openStream(second, "/v1/devices/events/spark/status", user.token);
  await until("the stream is open", () => stream.text().includes(":ok"));
  const again = await connectDevice(second, identity, options);
  await until("users are told that it came", () =>
    stream.events().some(({ data: said }) => said.data === "online"),
  );
  // The killed broker's last messages may come once more and say "online" too: it is the session that has to follow.
  await until("the session is that of the new connection", async () => {
    const { connected, last_handshake_at: at } = await sessionOf(second);
    return connected && Date.parse(at) > Date.parse(before.last_handshake_at);
  });
  await again.endAsync();
  await until("users are told that it went", () => stream.events().at(-1)?.data.data === "offline");
});
