import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { expect, it, onTestFinished, vi } from "vitest";
import { openAccess } from "../../../local/iam/access.ts";
import { startSsm } from "../../../local/ssm/ssm.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "ssm-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const start = async (given?: string) => {
  const folder = given ?? (await newFolder());
  const ssm = await startSsm({
    folder,
    region,
    account: "000000000000",
    credentials,
    log: () => {},
  });
  const client = new SSMClient({ region, credentials, endpoint: ssm.url, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await ssm.stop();
  });
  return { client, folder };
};

const secret = { Name: "/godwit/key", Value: "s3cret", Type: "SecureString" } as const;

it("returns a parameter that was put, also after a restart", async () => {
  const { client, folder } = await start();
  expect(await client.send(new PutParameterCommand(secret))).toMatchObject({ Version: 1 });
  const overwriting = { ...secret, Value: "n3w", Overwrite: true };
  expect(await client.send(new PutParameterCommand(overwriting))).toMatchObject({ Version: 2 });

  const { client: later } = await start(folder);
  const { Parameter } = await later.send(
    new GetParameterCommand({ Name: "/godwit/key", WithDecryption: true }),
  );
  expect(Parameter).toMatchObject({
    Name: "/godwit/key",
    Type: "SecureString",
    Value: "n3w",
    Version: 2,
    ARN: "arn:aws:ssm:us-east-1:000000000000:parameter/godwit/key",
  });
});

it("keeps the parameters in a file that only its owner can read", async () => {
  const { client, folder } = await start();
  await client.send(new PutParameterCommand(secret));
  const path = join(folder, "parameters.json");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, "utf8")).toContain("s3cret");
});

it("names the parameters that do not exist", async () => {
  const { client } = await start();
  await client.send(new PutParameterCommand({ Name: "plain", Value: "v", Type: "String" }));
  const { Parameters, InvalidParameters } = await client.send(
    new GetParametersCommand({ Names: ["plain", "missing"] }),
  );
  expect(Parameters).toMatchObject([{ Name: "plain", Value: "v" }]);
  expect(InvalidParameters).toEqual(["missing"]);
  const one = new GetParameterCommand({ Name: "missing" });
  await expect(client.send(one)).rejects.toMatchObject({ name: "ParameterNotFound" });
  await client.send(new DeleteParameterCommand({ Name: "plain" }));
  const gone = new GetParameterCommand({ Name: "plain" });
  await expect(client.send(gone)).rejects.toMatchObject({ name: "ParameterNotFound" });
});

it("stores parameters that are put at the same time", async () => {
  const { client, folder } = await start();
  const names = Array.from({ length: 10 }, (_, i) => `p${i}`);
  await Promise.all(names.map((Name) => client.send(new PutParameterCommand({ ...secret, Name }))));
  const { client: later } = await start(folder);
  const { Parameters } = await later.send(
    new GetParametersCommand({ Names: names, WithDecryption: true }),
  );
  expect(Parameters).toHaveLength(10);
});

it.each([
  ["an existing parameter without Overwrite", secret, "ParameterAlreadyExists"],
  ["a new parameter without a type", { Name: "n", Value: "v" }, "ValidationException"],
  [
    "a value that is too long",
    { ...secret, Name: "n", Value: "x".repeat(4_097) },
    "ValidationException",
  ],
  ["an invalid name", { ...secret, Name: "a b" }, "ValidationException"],
  ["a key of its own", { ...secret, Name: "n", KeyId: "alias/mine" }, "ValidationException"],
  [
    "a property that is not supported",
    { ...secret, Name: "n", Policies: "[]" },
    "ValidationException",
  ],
])("refuses to put %s", async (_, given, name) => {
  const { client } = await start();
  await client.send(new PutParameterCommand(secret));
  const command = new PutParameterCommand(given);
  await expect(client.send(command)).rejects.toMatchObject({ name });
});

it("does not return a SecureString without decryption, and lets a role read only its parameters", async () => {
  const { client, folder } = await start();
  await client.send(new PutParameterCommand(secret));
  const command = new GetParameterCommand({ Name: "/godwit/key" });
  await expect(client.send(command)).rejects.toThrow("WithDecryption");

  const authorize = vi.fn(() => {
    throw new Error("not authorized");
  });
  const access = { ...openAccess(), authorize };
  const options = { folder, region, account: "000000000000", credentials, access };
  const ssm = await startSsm({ ...options, log: () => {} });
  onTestFinished(ssm.stop);
  await ssm.handle({
    method: "POST",
    url: "/",
    headers: { "x-amz-target": "AmazonSSM.GetParameters" },
    body: Buffer.from(JSON.stringify({ Names: ["/a", "b"], WithDecryption: true })),
    roleKey: "ROLE",
  });
  expect(authorize).toHaveBeenCalledWith("ROLE", [
    { action: "ssm:GetParameters", resource: `arn:aws:ssm:${region}:000000000000:parameter/a` },
    { action: "ssm:GetParameters", resource: `arn:aws:ssm:${region}:000000000000:parameter/b` },
  ]);
});
