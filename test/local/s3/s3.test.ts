import { once } from "node:events";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it, onTestFinished } from "vitest";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";
import { bucketProvider } from "../../../local/s3/bucketProvider.ts";
import { type S3, startS3 } from "../../../local/s3/s3.ts";
import { startS3Server } from "../../../local/s3/s3Server.ts";
import { s3Contract } from "../../contracts/s3.ts";
import { newFolder } from "../support/newFolder.ts";
import { credentials } from "../support/signing.ts";

const region = "us-east-1";
const onFatalError = (error: Error) => expect.unreachable(error.message);

const start = async (folder?: string): Promise<S3> => {
  const s3 = await startS3({ region, credentials, folder, onFatalError });
  onTestFinished(s3.stop);
  return s3;
};

const sdkOf = ({ url }: Pick<S3, "url">) =>
  new S3Client({ region, credentials, endpoint: url, forcePathStyle: true });

const textOf = async (s3: S3, Bucket: string, Key: string) => {
  const { Body } = await sdkOf(s3).send(new GetObjectCommand({ Bucket, Key }));
  return await Body?.transformToString();
};

describe("by the contract", () => {
  s3Contract(async () => sdkOf(await startS3Server({ region, credentials })));
});

it("a bucket of a template takes the objects of rules", async () => {
  const s3 = await start();
  const provider = bucketProvider(s3.client);
  const place = { logicalId: "FailedEvents", stack: "Stack", region, account: "000000000000" };
  const { ref } = await provider.create(provider.properties.parse({}), place);
  await s3.client.put(ref, "events/1 a&b=ü.json", "{}");
  expect(await textOf(s3, ref, "events/1 a&b=ü.json")).toBe("{}");
  await expect(s3.client.put("missing", "a", "")).rejects.toMatchObject({ status: 404 });
});

it("objects survive a restart", async () => {
  const folder = newFolder();
  const first = await start(folder);
  await first.client.createBucket("bucket");
  await first.client.put("bucket", "key", "kept");
  await first.stop();
  expect(await textOf(await start(folder), "bucket", "key")).toBe("kept");
});

it("an object whose checksum does not match is refused", async () => {
  const s3 = await start();
  await s3.client.createBucket("bucket");
  const put = { Bucket: "bucket", Key: "a", Body: "1", ChecksumSHA256: "AAAA" };
  await expect(sdkOf(s3).send(new PutObjectCommand(put))).rejects.toMatchObject({
    name: "BadDigest",
  });
});

it("a fault of the buckets fails requests", async () => {
  const s3 = await start();
  await s3.client.createBucket("bucket");
  const error = { status: 503, code: "SlowDown", share: 1 };
  const buckets = { isStopped: false, fault: { delayMs: 0, error } };
  await s3.setFaults({ conditions: { buckets }, peers: {} });
  await expect(s3.client.put("bucket", "key", "")).rejects.toMatchObject({ status: 503 });
});

it.each([
  ["PUT", "/bucket/key", { s3Writes: 1 }],
  ["GET", "/bucket?list-type=2", { s3Writes: 1 }],
  ["GET", "/bucket/key", { s3Reads: 1 }],
  ["DELETE", "/bucket/key", {}],
])("counts %s %s of a bucket as AWS bills it", async (method, url, expected) => {
  const usageMeter = openUsageMeter();
  const server = await startS3Server({ region, credentials, usageMeter });
  onTestFinished(server.stop);
  await server.handle({ method, url, headers: {}, body: Buffer.alloc(0) });
  const counted = [...usageMeter.read()].filter(([, count]) => count > 0);
  expect(Object.fromEntries(counted)).toEqual(expected);
});

it("a wire carries requests to the thread, without a signature", async () => {
  const s3 = await start();
  await s3.client.createBucket("bucket");
  const { hosts, port } = s3.openWire();
  expect(hosts).toEqual([new URL(s3.url).host]);
  const request = { id: 1, host: hosts[0], method: "PUT", url: "/bucket/key", headers: {} };
  port.postMessage({ ...request, body: "over the wire" });
  const [response] = await once(port, "message");
  expect(response).toMatchObject({ id: 1, status: 200 });
  expect(await textOf(s3, "bucket", "key")).toBe("over the wire");
  port.close();
});
