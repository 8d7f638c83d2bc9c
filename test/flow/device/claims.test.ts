import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { run } from "../../../admin/run.ts";
import { provisionByClaim } from "../../../device/credentials/provisionByClaim.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { canConnect } from "../support/canConnect.ts";
import { apiClient, connectDevice } from "../support/client.ts";
import { startTestCloud } from "../support/testCloud.ts";

let cloud: Cloud;
let product: { id: number; fleet?: string };

const admin = async (...args: string[]) => {
  const wait = async () => {};
  const deps = { environment: { STATE: cloud.state }, askPassword: async () => "", wait };
  return JSON.parse(await run([...args, "--json"], { ...deps, say: () => {} }));
};

beforeAll(async () => {
  cloud = await startTestCloud();
  product = await admin("product", "add", cloud.user.username, "--name", "Lamp");
});
afterAll(() => cloud.stop());

const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), "godwit-claim-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
};

/** Creates a claim certificate of the product. */
const newClaim = async (...options: string[]) => {
  const out = await folder();
  const made = await admin("claim-certificate", "add", `${product.id}`, "--out", out, ...options);
  expect(made.pending_regions).toEqual([]);
  const claimFile = join(out, "claim.json");
  return { id: made.id, claimFile, claim: JSON.parse(await readFile(claimFile, "utf8")) };
};

it("creates a device for each line of a file, and none when the command is repeated", async () => {
  const out = await folder();
  const file = join(out, "wanted.csv");
  const lines = Array.from({ length: 60 }, (_, i) => `unit-${i}`);
  await writeFile(file, ["name", ...lines].join("\n"));
  const args = ["device", "provision-file", file, "--product", `${product.id}`, "--out", out];
  expect(await admin(...args)).toMatchObject({ made: 60, earlier: 0 });
  expect(await admin(...args)).toMatchObject({ made: 0, earlier: 60 });
  const listed = await admin("device", "list", "--product", `${product.id}`);
  expect(listed).toHaveLength(60);
  const identity = JSON.parse(await readFile(join(out, "devices", "unit-7.json"), "utf8"));
  expect(await canConnect(cloud, identity)).toBe(true);
});

it("lets a new device provision itself, connect and publish, and returns the same identity to a repeat", async () => {
  const { claimFile } = await newClaim("--prefix", "SN-");
  const own = await folder();
  const options = { claimFile, serialNumber: "SN-1", folder: own };
  const identity = await provisionByClaim(options);
  expect(identity.id).toMatch(/^[0-9a-f]{24}$/);
  expect((await stat(join(own, "device.json"))).mode & 0o777).toBe(0o600);
  const client = await connectDevice(cloud, identity);
  await client.publishAsync(`events/${identity.fleet}/${identity.id}/hello`, "1", { qos: 1 });
  expect(await provisionByClaim(options)).toEqual(identity);
  const ask = apiClient(cloud, cloud.user.token);
  const { body } = await ask("GET", `/v1/products/${product.id}/devices/SN-1`);
  expect(body).toMatchObject({ id: identity.id, name: "SN-1" });
});

it("refuses a second key for a serial number", async () => {
  const { claimFile } = await newClaim();
  const own = await folder();
  const options = { claimFile, serialNumber: "lost", folder: own };
  const first = await provisionByClaim(options);
  const other = { ...options, folder: await folder() };
  await expect(provisionByClaim(other)).rejects.toThrow(/rejected the device: AccessDenied/);
  expect(await canConnect(cloud, first)).toBe(true);
});

it("refuses a serial number without the prefix, and every new device after the claim certificate has ended", async () => {
  const { id, claimFile } = await newClaim("--prefix", "AB-");
  const provision = async (serialNumber: string) =>
    provisionByClaim({ claimFile, serialNumber, folder: await folder(), timeoutMs: 10_000 });
  await expect(provision("XY-1")).rejects.toThrow(/AccessDenied/);
  const kept = await provision("AB-1");
  expect(await admin("claim-certificate", "end", id)).toHaveProperty("plan");
  await admin("claim-certificate", "end", id, "--yes");
  await expect(provision("AB-2")).rejects.toThrow();
  expect(await canConnect(cloud, kept)).toBe(true);
  const listed = await admin("claim-certificate", "list", `${product.id}`);
  expect(listed).toContainEqual(
    expect.objectContaining({ id, ended_at: expect.any(String), prefix: "AB-" }),
  );
});

it("allows a claim certificate nothing but provisioning", async () => {
  const { claim } = await newClaim();
  const as = (id: string) => ({ ...claim, id, fleet: "" });
  const isCut = async (id: string, act: (client: MqttClient) => unknown): Promise<boolean> => {
    const client = await connectDevice(cloud, as(id));
    const cut = new Promise((resolve) => client.once("close", () => resolve(true)));
    act(client);
    return (await cut) === true;
  };
  expect(await canConnect(cloud, as("claim-1"))).toBe(true);
  expect(await canConnect(cloud, as(cloud.device.id))).toBe(false);
  for (const topic of ["events/f1/d1/x", `hello/${cloud.device.id}`]) {
    expect(await isCut("claim-2", (client) => client.publish(topic, "1", { qos: 1 }))).toBe(true);
  }
  for (const filter of ["#", "$aws/certificates/create-from-csr/json", "events/#"]) {
    expect(await isCut("claim-3", (client) => client.subscribe(filter, { qos: 1 }))).toBe(true);
  }
});
