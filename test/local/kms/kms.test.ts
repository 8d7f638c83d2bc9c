import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { afterEach, describe, expect, it } from "vitest";
import { startKms } from "../../../local/kms/kms.ts";

const account = "000000000000";
const region = "us-east-1";
const credentials = { accessKeyId: "LOCAL", secretAccessKey: "secret" };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "godwit-kms-"));
  closing.push(() => rmSync(path, { recursive: true }));
  return path;
};

/** KMS with two keys, and the SDK's client. */
const start = async (given = credentials) => {
  const path = folder();
  const log = () => undefined;
  const service = await startKms({ folder: path, region, account, credentials, log });
  closing.push(service.stop);
  const kms = new KMSClient({
    endpoint: service.url,
    region,
    credentials: given,
    maxAttempts: 1,
  });
  closing.push(() => kms.destroy());
  const [keys] = service.providers;
  const key = async (logicalId: string) =>
    (await keys!.create({}, { logicalId, stack: "Stack", region, account })).ref;
  return { kms, one: await key("One"), other: await key("Other"), create: key };
};
const EncryptionContext = { a: "1", b: "2" };

describe("a key of this machine", () => {
  it("decrypts its own ciphertexts with the same context in any order, and no others", async () => {
    const { kms, one, other } = await start();
    const Plaintext = Buffer.from("s3cret");
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: one, Plaintext, EncryptionContext }),
    );
    const open = (input: object) =>
      kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, ...input }));
    const opened = await open({ EncryptionContext: { b: "2", a: "1" } });
    expect(Buffer.from(opened.Plaintext!).toString()).toBe("s3cret");
    expect(opened.KeyId).toBe(`arn:aws:kms:${region}:${account}:key/${one}`);
    const invalid = { name: "InvalidCiphertextException" };
    await expect(open({ EncryptionContext: { a: "1" } })).rejects.toMatchObject(invalid);
    await expect(open({ CiphertextBlob: Buffer.from("x") })).rejects.toMatchObject(invalid);
    await expect(open({ KeyId: other })).rejects.toMatchObject({ name: "IncorrectKeyException" });
  });

  it("generates different data keys of 256 bits, which it can decrypt", async () => {
    const { kms, one } = await start();
    const given = () => kms.send(new GenerateDataKeyCommand({ KeyId: one, KeySpec: "AES_256" }));
    const [first, second] = [await given(), await given()];
    expect(first.Plaintext).toHaveLength(32);
    expect(first.Plaintext).not.toEqual(second.Plaintext);
    const { CiphertextBlob } = first;
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
    expect(Plaintext).toEqual(first.Plaintext);
  });

  it("persists in its file", async () => {
    const { one, create } = await start();
    expect(await create("One")).toBe(one);
  });

  it("does not start with a damaged file", async () => {
    const path = folder();
    writeFileSync(join(path, "Stack-One.json"), "{");
    const log = () => undefined;
    const service = await startKms({ folder: path, region, account, credentials, log });
    closing.push(service.stop);
    const place = { logicalId: "One", stack: "Stack", region, account };
    await expect(service.providers[0]!.create({}, place)).rejects.toThrow(/damaged/);
  });

  it("requires the credentials", async () => {
    const { kms, one } = await start({ ...credentials, secretAccessKey: "wrong" });
    await expect(
      kms.send(new GenerateDataKeyCommand({ KeyId: one, KeySpec: "AES_256" })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    const right = await start();
    await expect(
      right.kms.send(new GenerateDataKeyCommand({ KeyId: "alias/none", KeySpec: "AES_256" })),
    ).rejects.toMatchObject({ name: "NotFoundException" });
  });
});
