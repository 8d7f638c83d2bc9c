import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod";
import { createDevice } from "../../../device/client.ts";
import { fileCertificateStore } from "../../../device/credentials/fileCertificateStore.ts";
import { fileOutbox } from "../../../device/outbox/fileOutbox.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { canConnect } from "../support/canConnect.ts";
import { claimProof } from "../support/claimProof.ts";
import { type ApiResponse, apiClient, connectDevice, openStream } from "../support/client.ts";
import { connectRawDevice } from "../support/rawDevice.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

const provisioned = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  private_key: z.string(),
  ca: z.string(),
  endpoints: z.array(z.object({ region: z.string(), mqtt: z.string() })),
});

/** Provisions a device by the documented API. */
const provision = async (name?: string, client = ask) => {
  const { status, body } = await client("POST", "/v1/devices", {
    provision: true,
    ...(name !== undefined && { name }),
  });
  expect(status).toBe(201);
  const { private_key: privateKey, ...made } = provisioned.parse(body);
  return { ...made, privateKey };
};

/** Adds another user. Returns their API client. */
const another = async (username: string) => {
  await cloud.admin({ addUser: { username, password: "another password" } });
  const { token } = z
    .object({ token: z.string() })
    .parse(await cloud.admin({ addToken: { username } }));
  return apiClient(cloud, token);
};

describe("provisioning", () => {
  it("returns everything that a device needs to connect and publish", async () => {
    const made = await provision("first");
    expect(made.endpoints).toEqual([{ region: "us-east-1", mqtt: cloud.mqtt }]);
    const client = await connectDevice(cloud, made, { ca: made.ca });
    await client.publishAsync(`events/${made.fleet}/${made.id}/hello`, "1", { qos: 1 });
  });

  it("creates one device for an idempotency key, and one device for a name", async () => {
    const body = { provision: true, name: "once", idempotency_key: "flow-1" };
    const made = await ask("POST", "/v1/devices", body);
    expect(made).toMatchObject({ status: 201, body: { name: "once" } });
    const repeat = await ask("POST", "/v1/devices", body);
    expect(repeat).toMatchObject({
      status: 200,
      body: { repeated: true, id: made.body.id, certificate: made.body.certificate },
    });
    const other = await ask("POST", "/v1/devices", { ...body, name: "twice" });
    expect(other).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    const racing = await Promise.all(
      ["Racer", "racer", "RACER"].map((name) =>
        ask("POST", "/v1/devices", { provision: true, name }),
      ),
    );
    expect(racing.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  it("returns the private key once only", async () => {
    const { id } = await provision("second");
    expect(JSON.stringify((await ask("GET", `/v1/devices/${id}`)).body)).not.toContain("PRIVATE");
    expect(JSON.stringify((await ask("GET", "/v1/devices")).body)).not.toContain("PRIVATE");
  });

  it("refuses a used name, an invalid name and a malformed certificate request", async () => {
    await provision("taken");
    const again = await ask("POST", "/v1/devices", { provision: true, name: "Taken" });
    expect(again).toMatchObject({ status: 409, body: { error: "already_exists" } });
    const strange = await ask("POST", "/v1/devices", { provision: true, name: "no/name" });
    expect(strange.status).toBe(400);
    const csr = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
    expect((await ask("POST", "/v1/devices", { provision: true, csr })).status).toBe(400);
  });
});

describe("presence", () => {
  it("is the broker's state, and each change is an event", async () => {
    const made = await provision("present");
    const stream = await openStream(cloud, "/v1/devices/events/spark/status", cloud.user.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    const { client, hello } = await connectRawDevice(cloud, made, () => undefined);
    await hello({
      firmware: "1.2.3",
      functions: ["led"],
      variables: { temperature: "double" },
      wake: 600,
    });
    const path = `/v1/devices/${made.id}`;
    const shown = await until("the session is stored", async () => {
      const { body } = await ask("GET", path);
      return body.functions.length > 0 && body.last_ip_address !== null && body;
    });
    expect(shown).toMatchObject({
      connected: true,
      online: true,
      functions: ["led"],
      variables: { temperature: "double" },
      firmware: "1.2.3",
      last_ip_address: "127.0.0.1",
    });
    client.stream.destroy();
    await until(
      "the device is offline",
      async () => (await ask("GET", path)).body.connected === false,
    );
    // Devices of earlier tests may disconnect meanwhile.
    const own = () => stream.events().filter(({ data }) => data.coreid === made.id);
    await until("both events are received", () => own().length >= 2);
    expect(own().map(({ event, data }) => [event, data.data, data.coreid])).toEqual([
      ["spark/status", "online", made.id],
      ["spark/status", "offline", made.id],
    ]);
  });
});

describe("a device that renews its certificate", () => {
  it("loses no event, and its old certificate is refused", async () => {
    const made = await provision("renewing");
    const { url, values } = await target();
    const hook = { event: "renewed", url, integration_type: "Webhook" };
    expect((await ask("POST", "/v1/integrations", hook)).status).toBe(201);
    const folder = await mkdtemp(join(tmpdir(), "godwit-renewal-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const start = () => {
      const device = createDevice({
        ...made,
        endpoints: made.endpoints.map(({ mqtt }) => mqtt),
        outbox: fileOutbox(join(folder, "outbox")),
        certificates: fileCertificateStore(join(folder, "certificates")),
      });
      onTestFinished(() => device.close());
      return device;
    };
    const path = `/v1/devices/${made.id}`;
    const rotate = () => ask("POST", `${path}/certificate/rotate`, { by: "device" });
    expect(await rotate()).toMatchObject({ status: 408 });

    const device = start();
    await device.connect();
    const before = (await ask("GET", `${path}/certificate`)).body.certificate.id;
    expect((await rotate()).body).toEqual({ ok: true, id: made.id, asked: true });
    let published = 0;
    await until("the new certificate is the only one", async () => {
      if (published < 30) await device.publish("renewed", String(published++));
      const { certificate } = (await ask("GET", `${path}/certificate`)).body;
      return certificate.id !== before && certificate.next === null;
    });
    await device.flush();
    const all = Array.from({ length: published }, (_, n) => String(n));
    const missing = () => all.filter((n) => !values("data").includes(n));
    await vi.waitFor(() => expect(missing()).toEqual([]), { timeout: 40_000, interval: 50 });
    expect(values("data")).toHaveLength(published);
    await until("the old certificate is refused", async () => !(await canConnect(cloud, made)));
    await device.close();

    // After a restart the device uses the stored certificate, not the old one in its options.
    const restarted = start();
    await restarted.connect();
    expect(restarted.connected).toBe(true);
    expect(await cloud.admin({ rotateDevice: { device: made.id } })).toMatchObject({ asked: true });
  }, 90_000);
});

describe("a user's device", () => {
  it("can be renamed, gets notes, and is found by its new name", async () => {
    const { id } = await provision("old-name");
    const renamed = await ask("PUT", "/v1/devices/old-name", { name: "new-name" });
    expect(renamed.body).toEqual({ id, name: "new-name", updated_at: expect.any(String) });
    const noted = await ask("PUT", "/v1/devices/new-name", "notes=by the door");
    expect(noted.body).toMatchObject({ id, notes: "by the door" });
    expect((await ask("GET", "/v1/devices/New-Name")).body).toMatchObject({
      id,
      name: "new-name",
      notes: "by the door",
    });
    expect((await ask("GET", "/v1/devices/old-name")).status).toBe(404);
    expect((await ask("PUT", "/v1/devices/new-name", {})).status).toBe(400);
  });

  it("leaves its owner's fleet at once, and moves to the next claimer with the same certificate", async () => {
    const made = await provision("wanderer");
    const theirs = await another("next@example.com");
    expect((await theirs("POST", "/v1/devices", { id: made.id })).status).toBe(403);

    const { client, asked } = await connectRawDevice(cloud, made, () => undefined);
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    const handedOver = await ask("DELETE", "/v1/devices/wanderer?keep_certificate=true");
    expect(handedOver.body).toEqual({ ok: true });
    await closed;
    expect(asked.at(-1)).toMatchObject({ command: "fleet", fleet: `u${made.id}` });
    expect((await ask("GET", `/v1/devices/${made.id}`)).status).toBe(404);

    const unproved = await theirs("POST", "/v1/devices", { id: made.id });
    expect(unproved).toMatchObject({ status: 403, body: { error: "device_not_claimable" } });
    const claimed = await theirs("POST", "/v1/devices", {
      ...(await claimProof(theirs, made)),
      id: made.id.toUpperCase(),
      request_transfer: false,
    });
    expect(claimed.body).toMatchObject({ ok: true, id: made.id });
    expect((await ask("POST", "/v1/devices", { id: made.id })).status).toBe(403);

    const again = await connectRawDevice(cloud, made, () => undefined);
    await again.hello({ fleet: made.fleet });
    const fleetCommand = await until("the device receives its fleet", () =>
      again.asked.find(({ command }) => command === "fleet"),
    );
    const stream = await openStream(cloud, "/v1/devices/events", cloud.user.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    await again.client.publishAsync(`events/${fleetCommand.fleet}/${made.id}/moved`, "1", {
      qos: 1,
    });
    const out = new Promise<void>((resolve) => again.client.once("close", () => resolve()));
    again.client.publish(`events/${made.fleet}/${made.id}/moved`, "1", { qos: 1 });
    await out;
    expect(stream.events().filter(({ event }) => event === "moved")).toEqual([]);
  });

  it("cannot connect after its removal, until its owner claims it again", async () => {
    const made = await provision("removed");
    const theirs = await another("finder@example.com");
    const { client } = await connectRawDevice(cloud, made, () => undefined);
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    await ask("DELETE", `/v1/devices/${made.id}`);
    await closed;
    expect(await canConnect(cloud, made)).toBe(false);
    const proof = await claimProof(theirs, made);
    expect((await theirs("POST", "/v1/devices", proof)).status).toBe(403);
    expect((await ask("POST", "/v1/devices", { id: made.id })).status).toBe(200);
    expect(await canConnect(cloud, made)).toBe(true);
  });

  it("is disconnected at once by quarantine, and refused after its certificate is revoked", async () => {
    const made = await provision("blocked");
    const path = `/v1/devices/${made.id}`;
    const first = await connectRawDevice(cloud, made, () => undefined);
    const cut = new Promise<void>((resolve) => first.client.once("close", () => resolve()));
    const quarantined = await ask("PUT", path, { quarantined: true });
    expect(quarantined.body).toMatchObject({ quarantined: true, pending_regions: [] });
    await cut;
    expect(await canConnect(cloud, made)).toBe(false);
    expect((await ask("GET", path)).body).toMatchObject({
      quarantined: true,
      certificate: { status: "quarantined" },
    });
    await ask("PUT", path, { quarantined: false });
    expect(await canConnect(cloud, made)).toBe(true);

    const rotated = await ask("POST", `${path}/certificate/rotate`, {});
    const { certificate, private_key: privateKey } = rotated.body;
    expect(await canConnect(cloud, made)).toBe(true);
    expect((await ask("POST", `${path}/certificate/confirm`)).status).toBe(200);
    expect(await canConnect(cloud, made)).toBe(false);
    expect(await canConnect(cloud, { ...made, certificate, privateKey })).toBe(true);

    const plan = await ask("POST", `${path}/certificate/revoke`, { plan: true });
    expect(plan.body).toMatchObject({ plan: true, certificates: [expect.any(String)] });
    expect((await ask("POST", `${path}/certificate/revoke`, {})).status).toBe(200);
    expect(await canConnect(cloud, { ...made, certificate, privateKey })).toBe(false);
    expect((await ask("GET", `${path}/certificate`)).body.certificate.status).toBe("revoked");
  });

  it("has the same fleet in the API and the broker after two concurrent claims", async () => {
    const users = await Promise.all(
      ["one", "two"].map((name) => another(`${name}-racer@example.com`)),
    );
    for (let round = 0; round < 3; round += 1) {
      const made = await provision();
      await ask("DELETE", `/v1/devices/${made.id}?keep_certificate=true`);
      const proofs = await Promise.all(users.map((user) => claimProof(user, made)));
      const before = await connectRawDevice(cloud, made, () => undefined);
      const cut = new Promise<void>((resolve) => before.client.once("close", () => resolve()));
      const claims = await Promise.all(
        users.map((user, i) => user("POST", "/v1/devices", proofs[i])),
      );
      const codes = claims.map(({ status }) => status).sort();
      expect([
        [200, 403],
        [200, 409],
      ]).toContainEqual(codes);
      await cut;
      const winner = claims.findIndex(({ status }) => status === 200);
      const after = await connectRawDevice(cloud, made, () => undefined);
      await after.hello({ fleet: made.fleet });
      const fleetCommand = await until("the device receives its fleet", () =>
        after.asked.find(({ command }) => command === "fleet"),
      );
      // The broker accepts events of the fleet in the row, and the winner's list has the device.
      await after.client.publishAsync(`events/${fleetCommand.fleet}/${made.id}/raced`, "1", {
        qos: 1,
      });
      const lists = await Promise.all(users.map((user) => user("GET", "/v1/devices")));
      const ids = lists.map(({ body }) => z.array(z.object({ id: z.string() })).parse(body));
      expect(ids.map((list) => list.some(({ id }) => id === made.id))).toEqual([
        winner === 0,
        winner === 1,
      ]);
      after.client.end();
    }
  });
});
