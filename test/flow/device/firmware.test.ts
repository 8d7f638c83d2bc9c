import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, get } from "node:https";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { dynamoFirmwareHistory } from "#shared/aws/firmware/firmwareHistory.ts";
import { openTables, standardRetry } from "#shared/aws/platform/clients.ts";
import { manifestType } from "#shared/firmware/signing/manifest.ts";
import { joinSignedImage } from "#shared/firmware/signing/signedImage.ts";
import type { Cloud } from "../../../local/cloud.ts";
import {
  keyDocumentOf,
  manifestOf,
  newKey,
  signKeys,
  signManifest,
} from "../../shared/firmware/support/signing.ts";
import { apiClient, connectDevice, openStream } from "../support/client.ts";
import { runNow } from "../support/runNow.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

const region = "us-east-1";
const table = "godwit-firmware";
const oldHash = "0".repeat(64);
const image = randomBytes(100_000);
const sha256 = createHash("sha256").update(image).digest("hex");

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

const ask = (method: string, path: string, body?: object) =>
  apiClient(cloud, cloud.user.token)(method, path, body);

/** The table of firmware, as the functions of the cloud use it. */
const firmwareTable = () => {
  const { services } = cloud;
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", services.tables.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", services.invocation.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", services.invocation.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  return openTables(standardRetry, region);
};

type Key = ReturnType<typeof newKey>;

/** Uploads the image as a version that a key has signed. */
const upload = async (product: number, version: number, key: Key) => {
  const manifest = manifestOf(image, { product, version, sequence: version });
  const file = joinSignedImage({ image, signed: signManifest(manifest, [key]) });
  const form = new FormData();
  form.append("file", new File([new Uint8Array(file)], "lamp.bin"));
  form.append("version", String(version));
  form.append("title", `Version ${version}`);
  const uploaded = await fetch(`${cloud.api}/v1/products/${product}/firmware`, {
    method: "POST",
    headers: { authorization: `Bearer ${cloud.user.token}` },
    body: form,
  });
  return [uploaded.status, await uploaded.json()];
};

/** A product with signing keys and a signed image as its version 2. */
const newProduct = async (name: string): Promise<{ id: number; fleet: string; key: Key }> => {
  const { body } = await ask("POST", "/v1/user/products", { product: { name } });
  const { id } = body.product;
  const key = newKey();
  const document = signKeys(keyDocumentOf([key], { product: id }), [key]);
  const registered = await ask("POST", `/v1/products/${id}/firmware/keys`, {
    document,
    confirm: `${id}`,
  });
  expect(registered.status).toBe(201);
  expect(await upload(id, 2, key)).toMatchObject([201, { signed: true, sha256 }]);
  return { ...body.product, key };
};

/** A connected device of a product, with the messages that it has received. */
const newDevice = async (product: number) => {
  const path = `/v1/products/${product}/devices`;
  const { status, body } = await ask("POST", path, { provision: true });
  expect(status).toBe(201);
  const { id, fleet, certificate, private_key: privateKey } = body;
  const connect = async () => {
    const client = await connectDevice(cloud, { id, fleet, certificate, privateKey });
    const commands: Record<string, unknown>[] = [];
    const blocks: Buffer[] = [];
    client.on("message", (topic, payload) => {
      if (topic === `firmware/${id}`) blocks.push(payload);
      if (topic === `control/${id}`) commands.push(JSON.parse(payload.toString()));
    });
    return { client, commands, blocks };
  };
  const hello = (client: MqttClient, message: object) =>
    client.publishAsync(`hello/${id}`, JSON.stringify(message), { qos: 1 });
  const say = (client: MqttClient, message: object) =>
    client.publishAsync(`$aws/rules/godwit_updates/updates/${id}`, JSON.stringify(message), {
      qos: 1,
    });
  return { id, fleet, connect, hello, say };
};

/** Releases a version to a device: the controller enrols it, and opens the wave. */
const release = async (
  product: number,
  { id: device }: { id: string },
  version = 2,
): Promise<string> => {
  const { status, body } = await ask("POST", `/v1/products/${product}/releases`, {
    version,
    to: { devices: [device] },
    rollback: "slot",
  });
  expect([status, body]).toMatchObject([201, { release: { state: "enrolling", version } }]);
  const { lambda } = cloud.services;
  const controller = Object.keys(lambda.usage()).find((name) => name.includes("Releasesreleases"));
  await runNow(lambda, controller ?? expect.fail("there is no controller"));
  return body.release.id;
};

/** Downloads with TLS, trusting the local authority as the device does. */
const download = async (url: string, range: string) => {
  const agent = new Agent({ ca: await readFile(join(cloud.state, "ca.pem")) });
  onTestFinished(() => agent.destroy());
  const answered = Promise.withResolvers<IncomingMessage>();
  get(url, { agent, headers: { range } }, answered.resolve).on("error", answered.reject);
  const response = await answered.promise;
  return { status: response.statusCode, content: await buffer(response) };
};

it("a device downloads a released image over TLS in ranges, installs it, and its events are those of Particle", async () => {
  const { id: product } = await newProduct("Lamps");
  const device = await newDevice(product);
  const stream = await openStream(cloud, `/v1/products/${product}/events`, cloud.user.token);
  const id = await release(product, device);
  const { client, commands } = await device.connect();
  await device.hello(client, { firmware: "1", image: oldHash, slots: 2, keys: 1 });
  const offer = await until("the offer", () =>
    commands.find(({ command }) => command === "update"),
  );
  expect(offer).toMatchObject({
    ...{ release: id, product, version: 2, size: image.length, sha256, keys: [], forced: false },
    manifest: { payloadType: manifestType },
    url: expect.stringMatching(/^https:/),
  });
  const url = String(offer.url);
  await device.say(client, { release: id, state: "accepted" });
  await device.say(client, { release: id, state: "downloading", offset: 0 });
  const first = await download(url, "bytes=0-40000");
  const rest = await download(url, "bytes=40001-");
  expect([first.status, rest.status]).toEqual([206, 206]);
  expect(Buffer.compare(Buffer.concat([first.content, rest.content]), image)).toBe(0);
  const other = url.replace(/Signature=.{8}/, "Signature=00000000");
  expect((await download(other, "bytes=0-")).status).toBe(403);
  // A message of a device may arrive twice.
  for (let times = 0; times < 2; times += 1) {
    await device.say(client, { release: id, state: "verified" });
  }
  const names = /^(spark\/(status|flash|device)|particle\/device)/;
  const events = () =>
    stream
      .events()
      .filter(({ event }) => names.test(event))
      .map(({ event, data }) => `${event} ${data.data}`);
  // A device needs longer for its restart than the cloud for the report.
  await until("the report", () => events().includes("spark/flash/status success "));
  await device.say(client, { release: id, state: "restarting" });
  await client.endAsync();
  const updated = await device.connect();
  const hello = { firmware: "2", image: sha256, slots: 2, other: oldHash, reset: "update" };
  await device.hello(updated.client, hello);
  await device.say(updated.client, { release: id, state: "confirmed" });
  const expected = [
    "spark/status auto-update",
    "spark/flash/status started ",
    "spark/flash/status success ",
    "spark/status offline",
    "spark/status online",
    "spark/device/last_reset update",
    "particle/device/updates/forced false",
    `spark/device/app-hash ${sha256}`,
    "particle/device/updates/pending false",
    "particle/device/updates/enabled true",
  ];
  await until("the events", () => events().includes(expected.at(-1) ?? ""));
  expect(events().slice(events().indexOf(expected[0] ?? ""))).toEqual(expected);
  const history = dynamoFirmwareHistory(firmwareTable(), table);
  expect(await history.changesOf(device.id)).toMatchObject([
    { version: 2, image: sha256, region },
    { version: 1, image: oldHash, region },
  ]);
  expect(commands.filter(({ command }) => command === "update")).toHaveLength(1);
  const path = `/v1/products/${product}/releases/${id}`;
  const counted = { targeted: 1, downloading: 1, installed: 0 };
  expect((await ask("GET", path)).body.release).toMatchObject({
    ...{ state: "running", devices_by_state: counted, waves: [{ devices_by_state: counted }] },
    missing: 0,
  });
  const { sentence } = (await ask("GET", `${path}/devices/${device.id}`)).body;
  expect(sentence).toMatch(/^It runs the new version and is being observed/);
  const halted = await ask("POST", `${path}/halt`, { reason: "enough" });
  expect(halted.body.release).toMatchObject({ state: "halted", halts: [{ reason: "enough" }] });
});

it("a device without HTTPS downloads the image in blocks, and gets none of another release", async () => {
  const { id: product } = await newProduct("Sensors");
  const device = await newDevice(product);
  const id = await release(product, device);
  const { client, commands, blocks } = await device.connect();
  await device.hello(client, { firmware: "1", image: oldHash });
  await until("the offer", () => commands.find(({ command }) => command === "update"));
  const parts: Buffer[] = [];
  for (let offset = 0; offset < image.length; ) {
    const before = blocks.length;
    const request = { request: "block", release: id, offset, length: 32_768 };
    const block = await until("a block", async () => {
      await device.say(client, request);
      return until("a block", () => blocks[before], 1_000).catch(() => undefined);
    });
    const lineEnd = block.indexOf("\n");
    const header = JSON.parse(block.subarray(0, lineEnd).toString());
    const bytes = block.subarray(lineEnd + 1);
    expect(header).toEqual({ release: id, offset, length: bytes.length, size: image.length });
    parts.push(bytes);
    offset += bytes.length;
  }
  expect(Buffer.compare(Buffer.concat(parts), image)).toBe(0);
  commands.length = 0;
  await device.say(client, { request: "url", release: "another" });
  await until("the answer", () => commands.some(({ command }) => command === "cancel_update"));
  await device.say(client, { request: "url", release: id });
  const fresh = await until("a fresh URL", () =>
    commands.find(({ command }) => command === "update"),
  );
  expect((await download(String(fresh.url), "bytes=0-9")).content).toEqual(image.subarray(0, 10));
});

it("keys are rotated over HTTP: the former key signs no image any more, and devices receive the next document", async () => {
  const { id: product, key } = await newProduct("Locks");
  const next = newKey();
  const path = `/v1/products/${product}/firmware/keys`;
  const following = keyDocumentOf([next], { product, number: 2 });
  const document = signKeys(following, [key, next]);
  const planned = await ask("POST", path, { document, plan: true });
  expect([planned.status, planned.body.plan.unusable_versions]).toEqual([200, [2]]);
  const takeover = await ask("POST", path, { document: signKeys(following, [next]) });
  expect([takeover.status, takeover.body.reason]).toEqual([400, "wrong_signature"]);
  expect((await ask("POST", path, { document })).status).toBe(201);
  expect(await upload(product, 3, key)).toMatchObject([400, { reason: "wrong_signature" }]);
  expect(await upload(product, 3, next)).toMatchObject([201, { signed: true }]);
  const device = await newDevice(product);
  await release(product, device, 3);
  const { client, commands } = await device.connect();
  await device.hello(client, { firmware: "1", image: oldHash, keys: 1 });
  const offer = await until("the offer", () =>
    commands.find(({ command }) => command === "update"),
  );
  expect(offer.keys).toEqual([document]);
});
