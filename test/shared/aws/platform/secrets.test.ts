import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { kmsSecrets } from "#shared/aws/platform/secrets.ts";
import { dataKeyAgeMsMax, wrapRetryMs } from "#shared/platform/limits.ts";
import { closeHttp, listenHttp } from "../../../../local/http/httpServer.ts";
import { type Kms, startKms } from "../../../../local/kms/kms.ts";
import { secretsContract } from "../../../contracts/platform/secrets.ts";
import { stoppedClock } from "../../../memory/samples.ts";

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

/** KMS as this machine has it, with one key, reached over HTTP. */
const start = async (path: string): Promise<Kms> => {
  const account = "000000000000";
  const log = () => undefined;
  const kms = await startKms({ folder: path, region, account, credentials, log });
  const place = { logicalId: "Key", stack: "Stack", region, account };
  const [keys, aliases] = kms.providers;
  const { ref } = await keys!.create({}, place);
  await aliases!.create({ AliasName: key, TargetKeyId: ref }, place);
  process.env.AWS_ENDPOINT_URL_KMS = kms.url;
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  closing.push(kms.stop);
  return kms;
};
const open = (clock = stoppedClock(), regions = [region]) =>
  kmsSecrets({ key, region, regions, now: clock.now, onIncomplete: () => {} });

secretsContract(async () => {
  await start(folder());
  return { worker: open };
});

describe("a secret", () => {
  it("is decrypted after a restart, with the key in the state folder that only its owner can read", async () => {
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

  it("needs one KMS request for many secrets, and is decrypted from the cache while KMS is unavailable", async () => {
    const kms = await start(folder());
    const clock = stoppedClock();
    const [writer, reader] = [open(clock), open(clock)];
    const sealed = await writer.seal("1", "a");
    expect(await reader.open(sealed, "a")).toBe("1");
    await kms.stop();
    closing.pop();
    expect(await reader.open(await writer.seal("2", "b"), "b")).toBe("2");
    clock.ms += dataKeyAgeMsMax;
    await expect(writer.seal("3", "c")).rejects.toThrow();
    await expect(open().open(sealed, "a")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is encrypted while another region is unavailable, and that region can decrypt it", async () => {
    await start(folder());
    // The KMS of this machine takes no requests that are signed for another region.
    const sealed = await open(stoppedClock(), [region, "eu-west-1"]).seal("s3cret", "here");
    const there = kmsSecrets({
      ...{ key, region: "eu-west-1", regions: [region], now: Date.now },
      onIncomplete: () => {},
    });
    expect(await there.open(sealed, "here")).toBe("s3cret");
  });

  it("is not decrypted with another key of the same name", async () => {
    await start(folder());
    const sealed = await open().seal("s3cret", "here");
    await start(folder());
    await expect(open().open(sealed, "here")).rejects.toMatchObject({ code: "unavailable" });
  });
});

/** KMS in several regions that only wraps keys in name, and of which some can be down. */
const kmsOfRegions = async () => {
  const down = new Set<string>();
  const asked: string[] = [];
  const answer = async (request: IncomingMessage): Promise<object> => {
    const [, , where = ""] = (request.headers.authorization ?? "").split("/");
    const action = String(request.headers["x-amz-target"]).split(".")[1];
    const { CiphertextBlob = "", Plaintext: given } = (await json(request)) as Record<
      string,
      string
    >;
    if (down.has(where)) throw new Error(`${where} is down`);
    asked.push(where);
    if (action === "Decrypt") {
      const [of, key] = Buffer.from(CiphertextBlob, "base64").toString().split(":");
      if (of !== where) throw new Error("another region's");
      return { Plaintext: key };
    }
    const Plaintext = given ?? Buffer.alloc(32, 7).toString("base64");
    return { Plaintext, CiphertextBlob: Buffer.from(`${where}:${Plaintext}`).toString("base64") };
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => response.end(JSON.stringify(reply)),
      (error: Error) => response.writeHead(400).end(JSON.stringify({ message: error.message })),
    );
  });
  process.env.AWS_ENDPOINT_URL_KMS = await listenHttp(server);
  closing.push(() => closeHttp(server));
  return { down, asked };
};

describe("a secret that was encrypted while a region was unavailable", () => {
  const regions = [region, "eu-west-1", "ap-south-1"];
  const world = async () => {
    const kms = await kmsOfRegions();
    const clock = stoppedClock();
    const told: string[] = [];
    const onIncomplete = (where: string) => void told.push(where);
    const at = (where: string) =>
      kmsSecrets({ key, region: where, regions, now: clock.now, onIncomplete });
    return { ...kms, clock, told, at };
  };

  it("is reported, and completed when the region is available again; then each region can decrypt it", async () => {
    const { down, told, at } = await world();
    down.add("eu-west-1");
    const sealed = await at(region).seal("s3cret", "here");
    expect(told).toEqual(["eu-west-1"]);
    down.clear();
    const completed = await at("ap-south-1").complete(sealed);
    expect(await at("ap-south-1").complete(completed!)).toBeUndefined();
    for (const where of [region, "ap-south-1"]) down.add(where);
    expect(await at("eu-west-1").open(completed!, "here")).toBe("s3cret");
    await expect(at("eu-west-1").open(sealed, "here")).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("does not call an unavailable region repeatedly, and does not fail because of it", async () => {
    const { down, told, at, clock } = await world();
    down.add("eu-west-1");
    const worker = at(region);
    const sealed = await worker.seal("s3cret", "here");
    for (let i = 0; i < 5; i += 1) expect(await worker.complete(sealed)).toBeUndefined();
    expect(told).toHaveLength(1);
    clock.ms += wrapRetryMs;
    expect(await worker.complete(sealed)).toBeUndefined();
    expect(told).toHaveLength(2);
    down.clear();
    clock.ms += wrapRetryMs;
    expect(await worker.complete(sealed)).toBeDefined();
  });

  it("is followed within a minute by complete secrets", async () => {
    const { down, at, clock } = await world();
    down.add("eu-west-1");
    const worker = at(region);
    await worker.seal("1", "here");
    down.clear();
    clock.ms += wrapRetryMs;
    expect(await worker.complete(await worker.seal("2", "here"))).toBeUndefined();
  });

  it("is completed as far as possible, by one request for all secrets of its data key", async () => {
    const { down, asked, at, clock } = await world();
    for (const where of ["eu-west-1", "ap-south-1"]) down.add(where);
    const writer = at(region);
    const all = await Promise.all(["1", "2", "3"].map((text) => writer.seal(text, text)));
    down.delete("eu-west-1");
    clock.ms += wrapRetryMs;
    asked.length = 0;
    const completed = await Promise.all(all.map((sealed) => writer.complete(sealed)));
    expect(completed.map((text) => Object.keys(JSON.parse(text!).keys))).toEqual(
      all.map(() => [region, "eu-west-1"]),
    );
    expect(asked.filter((where) => where === "eu-west-1")).toHaveLength(1);
  });
});
