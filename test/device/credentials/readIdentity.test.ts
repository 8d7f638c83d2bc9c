import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { writeDevice } from "../../../admin/writeDevice.ts";
import { readIdentity } from "../../../device/credentials/readIdentity.ts";
import { saveDemoDevice } from "../../../local/demo/records.ts";

const fileOf = async (text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-identity-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "device.json"), text);
  return join(folder, "device.json");
};

const answer = {
  id: "0123456789abcdef01234567",
  fleet: "f1",
  certificate: "CERT",
  private_key: "KEY",
  ca: "CA",
  endpoints: [
    { region: "us-east-1", mqtt: "mqtts://a:8883" },
    { region: "eu-west-1", mqtt: "mqtts://b:8883" },
  ],
};

it("reads the response of the provisioning API", async () => {
  const file = await fileOf(JSON.stringify({ ...answer, more: 1 }));
  expect(await readIdentity(file)).toEqual({
    id: answer.id,
    fleet: "f1",
    certificate: "CERT",
    privateKey: "KEY",
    ca: "CA",
    endpoints: ["mqtts://a:8883", "mqtts://b:8883"],
    endpointsFile: `${file}.endpoints`,
  });
});

it.each<[string, object]>([
  [
    "the API",
    {
      certificate_issued_at: "2026-11-20T12:00:00.000Z",
      certificate_expires_at: "2027-02-18T12:00:00.000Z",
    },
  ],
  ["the admin function", { issuedAt: 1_795_176_000_000, expiresAt: 1_802_952_000_000 }],
])("reads the lifetime of the certificate in the format of %s", async (_, times) => {
  expect(await readIdentity(await fileOf(JSON.stringify({ ...answer, ...times })))).toMatchObject({
    certificateIssuedAt: 1_795_176_000_000,
    certificateExpiresAt: 1_802_952_000_000,
  });
});

it("reads the format of the admin function, which has no endpoints", async () => {
  const { private_key: privateKey, ca: _, endpoints: __, ...rest } = answer;
  const file = await fileOf(JSON.stringify({ ...rest, privateKey }));
  expect(await readIdentity(file)).toEqual({
    ...rest,
    privateKey,
    endpoints: [],
    endpointsFile: `${file}.endpoints`,
  });
});

it("reads a folder written by the admin tool", async () => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-identity-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { private_key: privateKey, certificate, ca, ...rest } = answer;
  await writeDevice(folder, { ...rest, certificate, privateKey, ca });
  const identity = await readIdentity(folder);
  expect(identity).toMatchObject({ id: rest.id, certificate, privateKey, ca });
  expect(identity.endpoints).toEqual(["mqtts://a:8883", "mqtts://b:8883"]);
  expect(await readIdentity(join(folder, "device.json"))).toEqual(identity);
});

it("reads the response to a signing request with the key from `privateKeyFile` or from the same folder", async () => {
  const { private_key: _, ...keyless } = answer;
  const file = await fileOf(JSON.stringify(keyless));
  await expect(readIdentity(file)).rejects.toThrow("device.json has no private_key: pass");
  const privateKeyFile = join(dirname(file), "mine.pem");
  await writeFile(privateKeyFile, "MINE");
  expect(await readIdentity(file, { privateKeyFile })).toMatchObject({ privateKey: "MINE" });
  await writeFile(join(dirname(file), "device-key.pem"), "SIBLING");
  expect(await readIdentity(file)).toMatchObject({ privateKey: "SIBLING" });
});

it("reads the identity of the demo device", async () => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-identity-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { private_key: privateKey, id, fleet, certificate } = answer;
  const device = { id, fleet, name: "demo", certificate, privateKey };
  await saveDemoDevice(folder, device, { ca: "CA", endpoints: ["mqtts://127.0.0.1:1"] });
  expect(await readIdentity(folder)).toEqual({
    id,
    fleet,
    certificate,
    privateKey,
    ca: "CA",
    endpoints: ["mqtts://127.0.0.1:1"],
    endpointsFile: join(folder, "device.json.endpoints"),
  });
});

it("names the file and the problem in its errors", async () => {
  await expect(readIdentity(await fileOf("{"))).rejects.toThrow(
    "device.json does not contain a JSON object",
  );
  const keyless = JSON.stringify({ ...answer, private_key: 7 });
  await expect(readIdentity(await fileOf(keyless))).rejects.toThrow(
    "device.json has no private_key",
  );
});
