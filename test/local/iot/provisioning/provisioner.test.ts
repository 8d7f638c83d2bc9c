import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachPolicyCommand,
  IoTClient,
  RegisterCertificateWithoutCACommand,
} from "@aws-sdk/client-iot";
import { IoTDataPlaneClient, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import mqtt, { type IClientOptions } from "mqtt";
import { expect, it, onTestFinished, vi } from "vitest";
import { admitByClaim, claimRequest } from "#shared/device/provision/admitByClaim.ts";
import { certificateIdOf } from "#shared/device/registry/certificate.ts";
import { provisionByClaim } from "../../../../device/credentials/provisionByClaim.ts";
import { openAuthority } from "../../../../local/iot/certificate/authority.ts";
import { startIot } from "../../../../local/iot/iot.ts";
import { openProvisioner } from "../../../../local/iot/provisioning/provisioner.ts";
import { openRegistry } from "../../../../local/iot/registry.ts";
import { app, ofType, type Resource, regionOf } from "../../../infra/synthesized.ts";
import { memoryAuditLog } from "../../../memory/audit/auditLog.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryClaimCertificates } from "../../../memory/device/claimCertificates.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { fleet } from "../../../memory/samples.ts";

const account = "000000000000";
const region = "us-east-1";
const template = regionOf(app());

/** Resolves the CloudFormation functions of these two policies and the template. */
const resolved = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  const known: Record<string, string> = { "AWS::Partition": "aws", "AWS::AccountId": account };
  const [[key, inner] = ["", undefined]] = Object.entries(value);
  if (key === "Ref") return known[String(inner)] ?? String(inner);
  if (key === "Fn::GetAtt") return String(Object(inner)[0]);
  if (key === "Fn::Join") return (resolved(Object(inner)[1]) as string[]).join(Object(inner)[0]);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolved(v)]));
};

const open = async () => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-claim-"));
  const authority = await openAuthority(folder);
  const claims = memoryClaimCertificates();
  const deps = {
    claims,
    accounts: {
      findProduct: async () => ({
        id: 7,
        name: "Lamp",
        description: "",
        platformId: 0,
        owner: "ada",
        fleet,
        createdAt: "then",
      }),
    },
    devices: memoryDevices(),
    deviceNames: memoryDeviceNames(),
    certificates: memoryCertificates(),
    audit: memoryAuditLog(),
    regions: [region],
    now: Date.now,
    onError: () => {},
  };
  let loses = false;
  const invoke = async (_: string, event: object) => {
    try {
      const device = await admitByClaim(claimRequest.parse(event), deps);
      if (loses) throw new Error("lost");
      const parameterOverrides = { DeviceId: device.id, Fleet: device.fleet };
      return { allowProvisioning: true, parameterOverrides };
    } catch (error) {
      if (Object(error).name === "Failure") return { allowProvisioning: false };
      throw error;
    }
  };
  const none = async () => {};
  const iot = await startIot({
    region,
    account,
    folder: join(folder, "iot"),
    mqttPort: 0,
    credentials: { accessKeyId: "K", secretAccessKey: "S" },
    log: () => {},
    authority,
    invoke,
    queues: { send: none },
    buckets: { put: none },
    tables: { put: none },
  });
  onTestFinished(async () => {
    await iot.stop();
    await rm(folder, { recursive: true, force: true });
  });
  for (const type of ["AWS::IoT::Policy", "AWS::IoT::ProvisioningTemplate"]) {
    const kind = iot.providers.find((one) => one.type === type);
    for (const [logicalId, { Properties }] of ofType(template, type) as [string, Resource][]) {
      const parsed = kind?.properties.parse(resolved(Properties));
      await kind?.create(parsed, { logicalId, stack: "S", region, account });
    }
  }
  await iot.open();
  return {
    iot,
    authority,
    folder,
    deps,
    lose(now: boolean) {
      loses = now;
    },
  };
};

/** A registered claim certificate, as a file. */
const addClaim = async ({ iot, authority, folder, deps }: Awaited<ReturnType<typeof open>>) => {
  const { certificate, privateKey } = await authority.issueDevice();
  const id = certificateIdOf(certificate);
  await deps.claims.put({ id, pem: certificate, product: 7, createdAt: 0 });
  const control = new IoTClient({
    region,
    endpoint: iot.control.url,
    credentials: { accessKeyId: "K", secretAccessKey: "S" },
  });
  onTestFinished(() => control.destroy());
  const made = await control.send(
    new RegisterCertificateWithoutCACommand({ certificatePem: certificate, status: "ACTIVE" }),
  );
  await control.send(
    new AttachPolicyCommand({ policyName: "godwit_claim", target: made.certificateArn }),
  );
  const claimFile = join(folder, "claim.json");
  const endpoints = [{ region, mqtt: `mqtts://127.0.0.1:${iot.mqttPort}` }];
  const claim = {
    certificate,
    privateKey,
    ca: iot.caPem,
    endpoints,
    template: "godwit_claim",
    clientPrefix: "claim-",
  };
  await writeFile(claimFile, JSON.stringify(claim));
  return { id, claim, claimFile };
};

const connect = async (
  { mqttPort, caPem }: { mqttPort: number; caPem: string },
  { certificate, privateKey }: { certificate: string; privateKey: string },
  clientId: string,
  more: Partial<IClientOptions> = {},
) => {
  const client = mqtt.connect(`mqtts://127.0.0.1:${mqttPort}`, {
    ...more,
    clientId,
    protocolVersion: 4,
    ca: caPem,
    cert: certificate,
    key: privateKey,
    reconnectPeriod: 0,
  });
  onTestFinished(() => client.endAsync(true));
  client.on("error", () => {});
  const closed = new Promise<string>((resolve) => client.once("close", () => resolve("closed")));
  const opened = new Promise<string>((resolve) => client.once("connect", () => resolve("open")));
  const first = await Promise.race([opened, closed]);
  return { client, closed, canConnect: first !== "closed" };
};

it("a new device provisions itself over MQTT, connects and publishes, and keeps its identity", async () => {
  const cloud = await open();
  const { claimFile } = await addClaim(cloud);
  const options = { claimFile, serialNumber: "SN-1", folder: join(cloud.folder, "own") };
  const identity = await provisionByClaim(options);
  expect(identity).toMatchObject({ fleet, id: expect.stringMatching(/^[0-9a-f]{24}$/) });
  const { client } = await connect(cloud.iot, identity, identity.id);
  await client.publishAsync(`events/${fleet}/${identity.id}/hello`, "1", { qos: 1 });
  expect(await provisionByClaim(options)).toEqual(identity);
  const other = { ...options, folder: join(cloud.folder, "other") };
  await expect(provisionByClaim(other)).rejects.toThrow(/AccessDenied/);
});

it("a device whose response was lost receives the same id", async () => {
  const cloud = await open();
  const { claimFile } = await addClaim(cloud);
  const options = { claimFile, serialNumber: "SN-1", folder: join(cloud.folder, "own") };
  cloud.lose(true);
  await expect(provisionByClaim(options)).rejects.toThrow(/AccessDenied/);
  const [made] = await cloud.deps.devices.list(fleet, 10);
  cloud.lose(false);
  expect((await provisionByClaim(options)).id).toBe(made?.id);
  expect(await cloud.deps.devices.list(fleet, 10)).toHaveLength(1);
});

it("provisions one device with an ownership token, also for two requests at the same moment", async () => {
  const cloud = await open();
  const { claim } = await addClaim(cloud);
  const { client } = await connect(cloud.iot, claim, "claim-1");
  const create = "$aws/certificates/create/json";
  const provision = "$aws/provisioning-templates/godwit_claim/provision/json";
  const answers: { topic: string; certificateOwnershipToken?: string; errorCode?: string }[] = [];
  client.on("message", (topic, payload) => {
    answers.push({ topic, ...JSON.parse(payload.toString()) });
  });
  const topics = [create, provision].flatMap((one) => [`${one}/accepted`, `${one}/rejected`]);
  await client.subscribeAsync(topics, { qos: 1 });
  await client.publishAsync(create, "{}", { qos: 1 });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  const { certificateOwnershipToken } = answers[0] ?? {};
  const ask = (SerialNumber: string) => {
    const request = { certificateOwnershipToken, parameters: { SerialNumber } };
    return client.publishAsync(provision, JSON.stringify(request), { qos: 1 });
  };
  // A rejection by the hook does not use the token.
  cloud.lose(true);
  await ask("SN-0");
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  cloud.lose(false);
  await Promise.all([ask("SN-1"), ask("SN-2"), ask("SN-1")]);
  await vi.waitFor(() => expect(answers).toHaveLength(5));
  expect(
    answers
      .slice(1)
      .map(({ topic, errorCode }) => errorCode ?? topic)
      .toSorted(),
  ).toEqual([
    `${provision}/accepted`,
    "AccessDenied",
    "InvalidCertificateOwnershipToken",
    "InvalidCertificateOwnershipToken",
  ]);
});

it("rejects a revoked claim certificate, and other operations of a claim certificate", async () => {
  const cloud = await open();
  const { claimFile, claim, id } = await addClaim(cloud);
  const found = await cloud.deps.claims.find(id);
  if (found) await cloud.deps.claims.put({ ...found, endedAt: 1 });
  const options = { claimFile, serialNumber: "SN-1", folder: join(cloud.folder, "own") };
  await expect(provisionByClaim(options)).rejects.toThrow(/AccessDenied/);
  expect(await connect(cloud.iot, claim, "d1")).toMatchObject({ canConnect: false });
  const filters = ["#", "$aws/certificates/create-from-csr/json", "events/#"];
  for (const [i, filter] of filters.entries()) {
    const { client, closed, canConnect } = await connect(cloud.iot, claim, `claim-${i}`);
    expect(canConnect).toBe(true);
    client.subscribe(filter, { qos: 1 }, () => {});
    expect(await closed).toBe("closed");
  }
});

it("accepts provisioning requests from connected clients only, not from a will or over HTTP", async () => {
  const cloud = await open();
  const { claim } = await addClaim(cloud);
  const topic = "$aws/certificates/create/json";
  const data = new IoTDataPlaneClient({
    region,
    endpoint: cloud.iot.data.url,
    credentials: { accessKeyId: "K", secretAccessKey: "S" },
  });
  onTestFinished(() => data.destroy());
  await expect(
    data.send(new PublishCommand({ topic, payload: Buffer.from("{}") })),
  ).rejects.toThrow(/reserved topic/);
  const will = { topic, payload: Buffer.from("{}"), qos: 1, retain: false } as const;
  expect(await connect(cloud.iot, claim, "claim-1", { will })).toMatchObject({ canConnect: false });
});

it("removes created, unprovisioned certificates at the next start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-claim-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { certificates } = await openRegistry(folder);
  const unused = { policies: [], things: [] };
  await certificates.put("a", { ...unused, id: "a", status: "PENDING_ACTIVATION" });
  await certificates.put("b", { ...unused, id: "b", status: "ACTIVE" });
  const registry = await openRegistry(folder);
  const authority = await openAuthority(folder);
  const place = { region: "us-east-1", account: "000000000000" };
  const unchecked = { place, access: undefined };
  const deps = { ...unchecked, authority, registry, templates: new Map(), log: () => {} };
  await openProvisioner({ ...deps, invoke: async () => {}, now: Date.now });
  expect([...(await openRegistry(folder)).certificates.all()].map(({ id }) => id)).toEqual(["b"]);
});
