import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { kmsSecrets } from "#shared/aws/secrets.ts";
import { dataKeyUsedMs } from "#shared/limits.ts";
import { type Kms, startKms } from "../../../local/kms/kms.ts";
import { stoppedClock } from "../../memory/samples.ts";

const credentials = { accessKeyId: "LOCAL", secretAccessKey: "secret" };
const region = "us-east-1";
const key = "alias/mine";
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), "godwit-kms-"));
  closing.push(() => rmSync(path, { recursive: true }));
  return path;
};

/** KMS as this machine has it, with one key, reached by the real SDK. */
const start = async (path: string): Promise<Kms> => {
  const account = "000000000000";
  const log = () => undefined;
  const kms = await startKms({ folder: path, region, account, credentials, log });
  const place = { logicalId: "Key", stack: "Stack", region, account };
  const [keys, aliases] = kms.kinds;
  const { ref } = await keys!.make({}, place);
  await aliases!.make({ AliasName: key, TargetKeyId: ref }, place);
  process.env.AWS_ENDPOINT_URL_KMS = kms.url;
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  closing.push(kms.stop);
  return kms;
};
const open = (clock = stoppedClock(), regions = [region]) =>
  kmsSecrets({ key, region, regions, now: clock.now });

describe("a secret", () => {
  it("is opened by another worker, in its own context alone", async () => {
    await start(folder());
    const sealed = await open().seal("s3cret é", "here");
    expect(sealed).not.toContain("s3cret");
    expect(await open().open(sealed, "here")).toBe("s3cret é");
    await expect(open().open(sealed, "there")).rejects.toThrow();
  });

  it("is opened after a restart, with the key in the state folder that its owner alone may read", async () => {
    const path = folder();
    const kms = await start(path);
    const sealed = await open().seal("s3cret", "here");
    await kms.stop();
    closing.pop();
    await start(path);
    expect(await open().open(sealed, "here")).toBe("s3cret");
    const files = readdirSync(path).map((name) => statSync(join(path, name)).mode & 0o777);
    expect(files).toEqual([0o600]);
  });

  it("costs KMS one request for many secrets, and is there while KMS is not", async () => {
    const kms = await start(folder());
    const clock = stoppedClock();
    const [writer, reader] = [open(clock), open(clock)];
    const sealed = await writer.seal("1", "a");
    expect(await reader.open(sealed, "a")).toBe("1");
    await kms.stop();
    closing.pop();
    expect(await reader.open(await writer.seal("2", "b"), "b")).toBe("2");
    clock.ms += dataKeyUsedMs;
    await expect(writer.seal("3", "c")).rejects.toThrow();
    await expect(open().open(sealed, "a")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is sealed although another region cannot be asked, and that one opens it all the same", async () => {
    await start(folder());
    // The KMS of this machine takes no requests that are signed for another region.
    const sealed = await open(stoppedClock(), [region, "eu-west-1"]).seal("s3cret", "here");
    const there = kmsSecrets({ key, region: "eu-west-1", regions: [region], now: Date.now });
    expect(await there.open(sealed, "here")).toBe("s3cret");
  });

  it("is not opened with another key, whatever its name", async () => {
    await start(folder());
    const sealed = await open().seal("s3cret", "here");
    await start(folder());
    await expect(open().open(sealed, "here")).rejects.toMatchObject({ code: "unavailable" });
  });
});
