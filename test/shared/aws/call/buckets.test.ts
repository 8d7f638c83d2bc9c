import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openBucketClient } from "#shared/aws/call/buckets.ts";
import { escaped, textsOf } from "#shared/aws/call/xml.ts";
import { standardRetry } from "#shared/aws/platform/clients.ts";
import { startQueuesAndBuckets } from "../../../contracts/emulators.ts";

const { s3, newBucket } = await startQueuesAndBuckets();
const buckets = openBucketClient(standardRetry);

const sdkKeys = async (bucket: string) => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key);
};
const failure = (call: Promise<unknown>) => call.catch((error: unknown) => error);

/** Keys that XML can contain, without the segments that an HTTP client removes from a path. */
const key = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .map((text) => text.replaceAll(/[\p{Cc}\p{Cs}]/gu, "_"))
  .filter((text) => !/(^|\/)(\.{0,2})(\/|$)/.test(text));

describe("objects have the same content for the SDK and for our client:", () => {
  it("any key and any bytes", async () => {
    const bucket = await newBucket();
    await fc.assert(
      fc.asyncProperty(key, fc.uint8Array({ maxLength: 100 }), async (name, body) => {
        await buckets.put({ bucket, key: name, body });
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: name }));
        expect(await Body?.transformToByteArray()).toEqual(new Uint8Array(body));
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: `${name}!` }));
        expect((await buckets.get({ bucket, key: name })).toString()).toBe(`${name}!`);
        await buckets.copy({ bucket, key: name, to: `copies/${name}` });
        expect((await buckets.list({ bucket, prefix: "", max: 9 })).keys).toEqual(
          await sdkKeys(bucket),
        );
        await buckets.deleteAll(bucket, [name, "missing"]);
        expect(await sdkKeys(bucket)).toEqual([`copies/${name}`]);
        await buckets.delete({ bucket, key: `copies/${name}` });
        expect(await sdkKeys(bucket)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it("type and tags", async () => {
    const bucket = await newBucket();
    const body = Buffer.from("x");
    await buckets.put({ bucket, key: "a", body, type: "application/gzip", tags: "days=30" });
    const read = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "a" }));
    expect(read).toMatchObject({ ContentType: "application/gzip", TagCount: 1 });
  });
});

it("reads a part of an object, and whether there is one", async () => {
  const bucket = await newBucket();
  const key = "images/a b";
  await buckets.put({ bucket, key, body: Buffer.from("0123456789") });
  const part = (offset: number, length: number) =>
    buckets.getRange({ bucket, key, offset, length });
  expect((await part(2, 3)).toString()).toBe("234");
  expect((await part(8, 5)).toString()).toBe("89");
  expect(await failure(part(10, 1))).toMatchObject({ name: "InvalidRange" });
  expect(await buckets.has({ bucket, key })).toBe(true);
  expect(await buckets.has({ bucket, key: "images/none" })).toBe(false);
});

it("lists the keys with a prefix, page by page", async () => {
  const bucket = await newBucket();
  for (const name of ["a/1", "a/2", "a/3", "b/1"]) {
    await buckets.put({ bucket, key: name, body: Buffer.from(name) });
  }
  const page = { bucket, prefix: "a/", max: 2 };
  expect(await buckets.list(page)).toEqual({ keys: ["a/1", "a/2"], isTruncated: true });
  expect(await buckets.list({ ...page, after: "a/2" })).toEqual({
    keys: ["a/3"],
    isTruncated: false,
  });
});

it("fails with the name of the error", async () => {
  const bucket = await newBucket();
  const missing = { Bucket: bucket, Key: "none" };
  const { name, message } = await s3.send(new GetObjectCommand(missing)).catch((error) => error);
  expect(await failure(buckets.get({ bucket, key: "none" }))).toMatchObject({
    name,
    message,
    $metadata: { httpStatusCode: 404 },
  });
  const copied = s3.send(new CopyObjectCommand({ ...missing, CopySource: `${bucket}/nothing` }));
  const expected = await failure(copied);
  expect(expected).toBeInstanceOf(Error);
  expect(await failure(buckets.copy({ bucket, key: "nothing", to: "none" }))).toMatchObject({
    name: (expected as Error).name,
  });
  await s3.send(new DeleteObjectCommand(missing));
  await buckets.delete({ bucket, key: "none" });
  expect(await failure(buckets.list({ bucket: "no-bucket", prefix: "", max: 1 }))).toMatchObject({
    name: "NoSuchBucket",
  });
});

it("reads and writes the texts of XML", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      expect(textsOf(`<a><b>${escaped(text)}</b><b>&#x41;&amp;&lt;</b></a>`, "b")).toEqual([
        text,
        "A&<",
      ]);
    }),
  );
});
