import { X509Certificate } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeleteThingCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  DisableTopicRuleCommand,
  EnableTopicRuleCommand,
  GetTopicRuleCommand,
  ListThingPrincipalsCommand,
  RegisterCertificateWithoutCACommand,
  UpdateCertificateCommand,
  UpdateThingCommand,
  type UpdateThingCommandInput,
} from "@aws-sdk/client-iot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  closed,
  newDeviceId,
  policyName,
  startTestCloud,
  type TestCloud,
} from "../support/cloud.ts";
import { newKeys, newRsaKeys, signingRequest } from "../support/signingRequest.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

const createThing = (thingName: string, attributes: Record<string, string>) =>
  cloud.control.send(new CreateThingCommand({ thingName, attributePayload: { attributes } }));

const none = `arn:aws:iot:us-east-1:000000000000:cert/${"0".repeat(64)}`;

describe("the control plane", () => {
  it("creates a thing, and succeeds again for an identical one", async () => {
    const name = newDeviceId();
    const made = await createThing(name, { fleet: "f1" });
    const again = await createThing(name, { fleet: "f1" });
    expect(made.thingArn).toBe(`arn:aws:iot:us-east-1:000000000000:thing/${name}`);
    expect(again.thingId).toBe(made.thingId);
    expect(await cloud.control.send(new DescribeThingCommand({ thingName: name }))).toMatchObject({
      thingName: name,
      thingId: made.thingId,
      attributes: { fleet: "f1" },
    });
  });

  it("enables and disables a topic rule, and does not say whether another one exists", async () => {
    const ruleName = "presence";
    const isDisabled = async () =>
      (await cloud.control.send(new GetTopicRuleCommand({ ruleName }))).rule?.ruleDisabled;
    expect(await isDisabled()).toBe(false);
    await cloud.control.send(new DisableTopicRuleCommand({ ruleName }));
    expect(await isDisabled()).toBe(true);
    await cloud.control.send(new EnableTopicRuleCommand({ ruleName }));
    expect(await isDisabled()).toBe(false);
    await expect(
      cloud.control.send(new GetTopicRuleCommand({ ruleName: "none" })),
    ).rejects.toMatchObject({ name: "UnauthorizedException" });
  });

  it("rejects an existing thing with other attributes", async () => {
    const name = newDeviceId();
    await createThing(name, { fleet: "f1" });
    await expect(createThing(name, { fleet: "f2" })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
    });
  });

  it.each([
    ["a name with a slash", "a/b", {}],
    ["a name with a wildcard", "a*", {}],
    ["an attribute with a wildcard", "a", { fleet: "*" }],
    ["a fourth attribute", "a", { a: "1", b: "2", c: "3", d: "4" }],
  ])("rejects a thing with %s", async (_, name, attributes) => {
    await expect(createThing(name, attributes)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("creates a certificate with its key; the id is its SHA-256", async () => {
    const made = await cloud.control.send(
      new CreateKeysAndCertificateCommand({ setAsActive: true }),
    );
    const certificate = new X509Certificate(made.certificatePem ?? "");
    const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
    expect(made.certificateId).toBe(fingerprint);
    expect(made.certificateArn).toBe(
      `arn:aws:iot:us-east-1:000000000000:cert/${made.certificateId}`,
    );
    expect(certificate.publicKey.export({ type: "spki", format: "pem" })).toBe(
      made.keyPair?.PublicKey,
    );
  });

  it("creates an inactive certificate by default", async () => {
    const device = await cloud.addDevice();
    const made = await cloud.control.send(new CreateKeysAndCertificateCommand({}));
    const target = made.certificateArn ?? "";
    await cloud.control.send(new AttachPolicyCommand({ policyName, target }));
    const attach = { thingName: device.id, principal: target };
    await cloud.control.send(new AttachThingPrincipalCommand(attach));
    const other = {
      ...device,
      certificate: made.certificatePem ?? "",
      privateKey: made.keyPair?.PrivateKey ?? "",
    };
    await expect(cloud.connect(other)).rejects.toThrow();
    const { certificateId } = made;
    await cloud.control.send(new UpdateCertificateCommand({ certificateId, newStatus: "ACTIVE" }));
    expect((await cloud.connect(other)).connected).toBe(true);
  });

  it("lists the principals of a thing", async () => {
    const device = await cloud.addDevice();
    const listed = new ListThingPrincipalsCommand({ thingName: device.id });
    expect((await cloud.control.send(listed)).principals).toEqual([device.certificateArn]);
  });

  it("keeps both of two concurrent attachments", async () => {
    const device = await cloud.addDevice();
    const [first, second] = [newDeviceId(), newDeviceId()];
    await Promise.all([createThing(first, {}), createThing(second, {})]);
    await Promise.all(
      [first, second].map((thingName) =>
        cloud.control.send(
          new AttachThingPrincipalCommand({ thingName, principal: device.certificateArn }),
        ),
      ),
    );
    expect((await cloud.connect(device, { clientId: first })).connected).toBe(true);
    expect((await cloud.connect(device, { clientId: second })).connected).toBe(true);
  });

  it("rejects attachments to missing resources", async () => {
    const { id: thingName, certificateArn: target } = await cloud.addDevice();
    const attempts = [
      () => cloud.control.send(new AttachPolicyCommand({ policyName: "none", target })),
      () => cloud.control.send(new AttachPolicyCommand({ policyName, target: none })),
      () => cloud.control.send(new AttachThingPrincipalCommand({ thingName, principal: none })),
      () =>
        cloud.control.send(new AttachThingPrincipalCommand({ thingName: "no", principal: target })),
      () => cloud.control.send(new DescribeThingCommand({ thingName: "no" })),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    }
  });

  it("returns the device endpoint", async () => {
    const asked = new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" });
    const { endpointAddress } = await cloud.control.send(asked);
    expect(endpointAddress).toBe(`127.0.0.1:${cloud.iot.mqttPort}`);
    const unknown = new DescribeEndpointCommand({ endpointType: "iot:Jobs" });
    await expect(cloud.control.send(unknown)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it.each([
    ["P-256", newKeys()],
    ["RSA", newRsaKeys()],
  ])(
    "issues a certificate for a %s key from a request, and the device connects",
    async (_, keys) => {
      const device = await cloud.addDevice();
      const made = await cloud.control.send(
        new CreateCertificateFromCsrCommand({
          certificateSigningRequest: signingRequest(keys),
          setAsActive: true,
        }),
      );
      const target = made.certificateArn!;
      await cloud.control.send(new AttachPolicyCommand({ policyName, target }));
      const attach = { thingName: device.id, principal: target };
      await cloud.control.send(new AttachThingPrincipalCommand(attach));
      const privateKey = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const certificate = made.certificatePem!;
      const client = await cloud.connect({ ...device, certificate, privateKey });
      expect(client.connected).toBe(true);
      expect(
        new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase(),
      ).toBe(made.certificateId);
    },
  );

  it("issues another certificate for the same request, inactive by default", async () => {
    const input = { certificateSigningRequest: signingRequest(newKeys()) };
    const one = await cloud.control.send(new CreateCertificateFromCsrCommand(input));
    const other = await cloud.control.send(new CreateCertificateFromCsrCommand(input));
    expect(other.certificateId).not.toBe(one.certificateId);
    const { certificateId } = one;
    const described = await cloud.control.send(new DescribeCertificateCommand({ certificateId }));
    expect(described.certificateDescription).toMatchObject({
      certificateId,
      certificateArn: one.certificateArn,
      certificatePem: one.certificatePem,
      status: "INACTIVE",
      validity: { notAfter: new X509Certificate(one.certificatePem!).validToDate },
    });
  });

  it("rejects a request that its key did not sign", async () => {
    const certificateSigningRequest = signingRequest(newKeys(), { key: newKeys().privateKey });
    const asked = new CreateCertificateFromCsrCommand({ certificateSigningRequest });
    await expect(cloud.control.send(asked)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("accepts a device with a certificate of another authority once it is registered", async () => {
    const device = await cloud.addDevice();
    const elsewhere = await startTestCloud();
    const { certificate, privateKey } = await elsewhere.addDevice();
    await elsewhere.stop();
    const foreign = { ...device, certificate, privateKey };
    await expect(cloud.connect(foreign)).rejects.toThrow();

    const register = new RegisterCertificateWithoutCACommand({
      certificatePem: certificate,
      status: "ACTIVE",
    });
    const { certificateArn: target = "" } = await cloud.control.send(register);
    await cloud.control.send(new AttachPolicyCommand({ policyName, target }));
    const attach = { thingName: device.id, principal: target };
    await cloud.control.send(new AttachThingPrincipalCommand(attach));
    expect((await cloud.connect(foreign)).connected).toBe(true);
    await expect(cloud.control.send(register)).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
    });
  });

  it("rejects the registration of anything but a certificate", async () => {
    const asked = new RegisterCertificateWithoutCACommand({ certificatePem: "certificate" });
    await expect(cloud.control.send(asked)).rejects.toMatchObject({
      name: "CertificateValidationException",
    });
  });
});

describe("an updated thing", () => {
  const update = (
    thingName: string,
    attributePayload?: UpdateThingCommandInput["attributePayload"],
  ) => cloud.control.send(new UpdateThingCommand({ thingName, attributePayload }));
  const describeThing = (thingName: string) =>
    cloud.control.send(new DescribeThingCommand({ thingName }));

  it("has only the new attributes, or also the old ones with merge", async () => {
    const name = newDeviceId();
    await createThing(name, { fleet: "f1", a: "1" });
    await update(name, { attributes: { fleet: "f2", b: "2" }, merge: true });
    expect(await describeThing(name)).toMatchObject({
      attributes: { fleet: "f2", a: "1", b: "2" },
      version: 2,
    });
    await update(name, { attributes: { a: "" }, merge: true });
    expect((await describeThing(name)).attributes).toEqual({ fleet: "f2", b: "2" });
    await update(name, { attributes: { fleet: "f3" } });
    expect((await describeThing(name)).attributes).toEqual({ fleet: "f3" });
    await update(name);
    expect((await describeThing(name)).attributes).toEqual({ fleet: "f3" });
  });

  it("rejects more than the maximum number of attributes, including the old ones", async () => {
    const name = newDeviceId();
    await createThing(name, { fleet: "f1", a: "1", b: "2" });
    await expect(update(name, { attributes: { c: "3" }, merge: true })).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("is unchanged when the expected version differs", async () => {
    const thingName = newDeviceId();
    await createThing(thingName, {});
    const late = new UpdateThingCommand({ thingName, expectedVersion: 2 });
    await expect(cloud.control.send(late)).rejects.toMatchObject({
      name: "VersionConflictException",
    });
  });

  it("applies policies with the new attributes to the next connection", async () => {
    const device = await cloud.addDevice("f1");
    await update(device.id, { attributes: { fleet: "f2" } });
    const client = await cloud.connect(device);
    await client.publishAsync(`events/f2/${device.id}/t`, "1", { qos: 1 });
    const cut = closed(client);
    client.publish(`events/f1/${device.id}/t`, "1");
    await cut;
    expect(cloud.queue.map((body) => JSON.parse(body).topic)).toContain(`events/f2/${device.id}/t`);
    expect(cloud.queue.join()).not.toContain(`events/f1/${device.id}/t`);
  });
});

describe("removal", () => {
  const detachPolicy = (target: string) =>
    cloud.control.send(new DetachPolicyCommand({ policyName, target }));
  const detachThing = (thingName: string, principal: string) =>
    cloud.control.send(new DetachThingPrincipalCommand({ thingName, principal }));
  const deleteThing = (thingName: string) =>
    cloud.control.send(new DeleteThingCommand({ thingName }));
  const deleteCertificate = (certificateId: string, forceDelete = false) =>
    cloud.control.send(new DeleteCertificateCommand({ certificateId, forceDelete }));

  it("rejects a device without its policy", async () => {
    const device = await cloud.addDevice();
    await detachPolicy(device.certificateArn);
    await detachPolicy(device.certificateArn);
    await expect(cloud.connect(device)).rejects.toThrow();
  });

  it("rejects a device without its thing", async () => {
    const device = await cloud.addDevice();
    await detachThing(device.id, device.certificateArn);
    await expect(cloud.connect(device)).rejects.toThrow();
  });

  it("succeeds in the order that IoT Core requires", async () => {
    const { id, certificateId, certificateArn } = await cloud.addDevice();
    await expect(deleteThing(id)).rejects.toMatchObject({ name: "InvalidRequestException" });
    await expect(deleteCertificate(certificateId)).rejects.toMatchObject({
      name: "CertificateStateException",
    });
    const inactive = { certificateId, newStatus: "INACTIVE" } as const;
    await cloud.control.send(new UpdateCertificateCommand(inactive));
    await expect(deleteCertificate(certificateId, true)).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    await detachThing(id, certificateArn);
    await expect(deleteCertificate(certificateId)).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    await deleteCertificate(certificateId, true);
    await deleteThing(id);
    await deleteThing(id);
    await expect(deleteCertificate(certificateId)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const describe = new DescribeThingCommand({ thingName: id });
    await expect(cloud.control.send(describe)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const { folder } = cloud;
    expect(await readdir(join(folder, "things"))).not.toContain(`${id}.json`);
    expect(await readdir(join(folder, "certificates"))).not.toContain(`${certificateId}.json`);
  });
});
