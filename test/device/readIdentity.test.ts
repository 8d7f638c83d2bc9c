import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readIdentity } from "../../device/readIdentity.ts";

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

it("reads what the provisioning API answers", async () => {
  expect(await readIdentity(await fileOf(JSON.stringify({ ...answer, more: 1 })))).toEqual({
    id: answer.id,
    fleet: "f1",
    certificate: "CERT",
    privateKey: "KEY",
    ca: "CA",
    endpoints: ["mqtts://a:8883", "mqtts://b:8883"],
  });
});

it("reads the spelling of the admin function, which names no endpoints", async () => {
  const { private_key: privateKey, ca: _, endpoints: __, ...rest } = answer;
  expect(await readIdentity(await fileOf(JSON.stringify({ ...rest, privateKey })))).toEqual({
    ...rest,
    privateKey,
    endpoints: [],
  });
});

it("says what is wrong with a file", async () => {
  await expect(readIdentity(await fileOf("{"))).rejects.toThrow("device.json holds no JSON object");
  const keyless = JSON.stringify({ ...answer, private_key: 7 });
  await expect(readIdentity(await fileOf(keyless))).rejects.toThrow(
    "device.json has no private_key",
  );
});
