import { X509Certificate } from "node:crypto";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  ListThingPrincipalsCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newDeviceId, policyName, startTestCloud, type TestCloud } from "../support/cloud.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

const createThing = (thingName: string, attributes: Record<string, string>) =>
  cloud.control.send(new CreateThingCommand({ thingName, attributePayload: { attributes } }));

const none = `arn:aws:iot:us-east-1:000000000000:cert/${"0".repeat(64)}`;

describe("the control plane", () => {
  it("makes a thing, and makes it again when it would be the same", async () => {
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

  it("does not make a thing again with other attributes", async () => {
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
  ])("refuses a thing with %s", async (_, name, attributes) => {
    await expect(createThing(name, attributes)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("makes a certificate whose id is the SHA-256 of it, with its key", async () => {
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

  it("makes a certificate that is inactive unless told otherwise", async () => {
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

  it("lists what is attached to a thing", async () => {
    const device = await cloud.addDevice();
    const listed = new ListThingPrincipalsCommand({ thingName: device.id });
    expect((await cloud.control.send(listed)).principals).toEqual([device.certificateArn]);
  });

  it("keeps both of two attachments that are made at once", async () => {
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

  it("attaches nothing to what is not there", async () => {
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

  it("tells where the data plane is", async () => {
    const asked = new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" });
    const { endpointAddress } = await cloud.control.send(asked);
    expect(endpointAddress).toBe(new URL(cloud.iot.dataUrl).host);
    const unknown = new DescribeEndpointCommand({ endpointType: "iot:Jobs" });
    await expect(cloud.control.send(unknown)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });
});
