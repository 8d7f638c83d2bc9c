import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, it } from "vitest";

/** A part of a multipart upload that need not be the last one. */
const largePart = "a".repeat(5 * 1_024 * 1_024);

/** What an emulator of S3 must do, by the AWS SDK, which sends and verifies checksums. */
export const s3Contract = (start: () => Promise<S3Client>): void => {
  let s3: S3Client;
  let made = 0;
  beforeAll(async () => {
    s3 = await start();
  });
  const newBucket = async (): Promise<string> => {
    made += 1;
    const Bucket = `contract-${made}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  };
  const put = (Bucket: string, Key: string, Body: string | Uint8Array = "x") =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const get = async (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}) => {
    const { Body, ...head } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return { ...head, text: await Body!.transformToString() };
  };
  const list = (Bucket: string, more: Partial<ListObjectsV2CommandInput> = {}) =>
    s3.send(new ListObjectsV2Command({ Bucket, ...more }));
  const keys = async (Bucket: string, more: Partial<ListObjectsV2CommandInput> = {}) =>
    ((await list(Bucket, more)).Contents ?? []).map(({ Key }) => Key);

  describe("an object", () => {
    it("is returned with its type and metadata", async () => {
      const Bucket = await newBucket();
      const Key = "events/1 a&b=ü+(x)'!*.json";
      const Metadata = { device: "d1" };
      const sent = { Bucket, Key, Body: "21.5 °C", ContentType: "text/plain", Metadata };
      const { ETag } = await s3.send(new PutObjectCommand(sent));
      expect(ETag).toMatch(/^"[0-9a-f]{32}"$/);
      const head = { ETag, ContentType: "text/plain", ContentLength: 8, Metadata };
      expect(await get(Bucket, Key)).toMatchObject({ ...head, text: "21.5 °C" });
      const command = new HeadObjectCommand({ Bucket, Key });
      expect(await s3.send(command)).toMatchObject({ ...head, LastModified: expect.any(Date) });
    });

    it("may have tags, whose number a read returns", async () => {
      const Bucket = await newBucket();
      const tagged = { Bucket, Key: "tagged", Body: "1", Tagging: "days=7&kind=a%20b" };
      await s3.send(new PutObjectCommand(tagged));
      expect(await get(Bucket, "tagged")).toMatchObject({ text: "1", TagCount: 2 });
    });

    it("may have any bytes, or none", async () => {
      const Bucket = await newBucket();
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
      await put(Bucket, "bytes", bytes);
      await put(Bucket, "empty", new Uint8Array());
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "bytes" }));
      expect(Buffer.compare(await Body!.transformToByteArray(), bytes)).toBe(0);
      expect((await get(Bucket, "empty")).text).toBe("");
    });

    it.each([
      ["bytes=1-3", "123", "bytes 1-3/10"],
      ["bytes=8-", "89", "bytes 8-9/10"],
      ["bytes=-2", "89", "bytes 8-9/10"],
      ["bytes=5-99", "56789", "bytes 5-9/10"],
    ])("is returned in part: %s", async (Range, text, ContentRange) => {
      const Bucket = await newBucket();
      await put(Bucket, "key", "0123456789");
      expect(await get(Bucket, "key", { Range })).toMatchObject({ text, ContentRange });
    });

    it("is replaced, copied and deleted", async () => {
      const Bucket = await newBucket();
      await put(Bucket, "a b", "first");
      await put(Bucket, "a b", "last");
      const CopySource = `${Bucket}/${encodeURIComponent("a b")}`;
      await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "a b" }));
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "a b" }));
      expect(await keys(Bucket)).toEqual(["copy"]);
      expect((await get(Bucket, "copy")).text).toBe("last");
    });

    it("that is missing has its own error", async () => {
      const Bucket = await newBucket();
      await expect(get(Bucket, "x")).rejects.toMatchObject({ name: "NoSuchKey" });
      const head = new HeadObjectCommand({ Bucket, Key: "x" });
      await expect(s3.send(head)).rejects.toMatchObject({ name: "NotFound" });
      await expect(get("missing", "x")).rejects.toMatchObject({ name: "NoSuchBucket" });
      await expect(put("missing", "x")).rejects.toMatchObject({ name: "NoSuchBucket" });
    });

    it("is written only if it does not exist, on request", async () => {
      const Bucket = await newBucket();
      const command = { Bucket, Key: "a", Body: "1", IfNoneMatch: "*" };
      await s3.send(new PutObjectCommand(command));
      await expect(s3.send(new PutObjectCommand(command))).rejects.toMatchObject({
        name: "PreconditionFailed",
      });
    });

    it("is not written when a condition does not hold or is not supported", async () => {
      const Bucket = await newBucket();
      await put(Bucket, "a", "1");
      const CopySource = `${Bucket}/a`;
      const refused = async (sent: Promise<unknown>, name: string) =>
        await expect(sent).rejects.toMatchObject({ name });
      const putting = (input: Partial<PutObjectCommandInput>) =>
        s3.send(new PutObjectCommand({ Bucket, Key: "b", Body: "1", ...input }));
      const copying = (input: Partial<CopyObjectCommandInput>) =>
        s3.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource, ...input }));
      await refused(putting({ IfMatch: '"x"' }), "NoSuchKey");
      await refused(putting({ Key: "a", IfMatch: '"x"' }), "PreconditionFailed");
      await refused(copying({ Key: "a" }), "InvalidRequest");
      await refused(copying({ CopySourceIfMatch: '"x"' }), "NotImplemented");
      await refused(putting({ Tagging: "a=b&a=c" }), "InvalidTag");
      expect(await keys(Bucket)).toEqual(["a"]);
      const replaced = { MetadataDirective: "REPLACE", Metadata: { by: "copy" } } as const;
      await s3.send(new CopyObjectCommand({ Bucket, Key: "a", CopySource, ...replaced }));
      expect(await get(Bucket, "a")).toMatchObject({ text: "1", Metadata: { by: "copy" } });
    });

    it("may have a key of any characters", async () => {
      const Bucket = await newBucket();
      const names = [
        "a/../b",
        "//x",
        "/",
        "..",
        "é %2F+&=?#",
        "a&b<c>\"'",
        "\t\n\u0001",
        "😀",
        "*!'()",
      ];
      for (const name of names) await put(Bucket, name, name);
      for (const name of names) expect((await get(Bucket, name)).text).toBe(name);
      expect((await keys(Bucket)).toSorted()).toEqual(names.toSorted());
      const Delete = { Objects: names.map((Key) => ({ Key })) };
      await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
      expect(await keys(Bucket)).toEqual([]);
    });

    it("is not completed from parts in another order, or over another object", async () => {
      const Bucket = await newBucket();
      const Key = "a";
      await put(Bucket, Key, "1");
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const parts: CompletedPart[] = [];
      for (const [PartNumber, Body] of [
        [1, largePart],
        [2, "x"],
      ] as const) {
        const part = { Bucket, Key, UploadId, PartNumber, Body };
        parts.push({ PartNumber, ETag: (await s3.send(new UploadPartCommand(part))).ETag });
      }
      const complete = (Parts: CompletedPart[], IfNoneMatch?: string) =>
        s3.send(
          new CompleteMultipartUploadCommand({
            ...{ Bucket, Key, UploadId, MultipartUpload: { Parts } },
            ...(IfNoneMatch !== undefined && { IfNoneMatch }),
          }),
        );
      await expect(complete(parts.toReversed())).rejects.toMatchObject({
        name: "InvalidPartOrder",
      });
      await expect(complete(parts, "*")).rejects.toMatchObject({ name: "PreconditionFailed" });
      await complete(parts);
      expect((await get(Bucket, Key)).text).toHaveLength(largePart.length + 1);
    });

    it("is not completed from parts of less than 5 MiB, except for the last part", async () => {
      const Bucket = await newBucket();
      const Key = "a";
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const Parts: CompletedPart[] = [];
      for (const PartNumber of [1, 2]) {
        const part = { Bucket, Key, UploadId, PartNumber, Body: "x" };
        Parts.push({ PartNumber, ETag: (await s3.send(new UploadPartCommand(part))).ETag });
      }
      const upload = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
      await expect(s3.send(new CompleteMultipartUploadCommand(upload))).rejects.toMatchObject({
        name: "EntityTooSmall",
      });
    });

    it("can be uploaded in parts", async () => {
      const Bucket = await newBucket();
      const Key = "large";
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket, Key, ContentType: "text/plain" }),
      );
      const Parts = [];
      for (const [i, Body] of [largePart, "b"].entries()) {
        const part = { Bucket, Key, UploadId, PartNumber: i + 1, Body };
        const { ETag } = await s3.send(new UploadPartCommand(part));
        Parts.push({ ETag, PartNumber: i + 1 });
      }
      const MultipartUpload = { Parts };
      const complete = { Bucket, Key, UploadId, MultipartUpload };
      await s3.send(new CompleteMultipartUploadCommand(complete));
      const found = await get(Bucket, Key);
      expect(found).toMatchObject({ text: `${largePart}b`, ContentType: "text/plain" });
      expect(found.ETag).toMatch(/-2"$/);
      const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
      await expect(s3.send(abort)).rejects.toMatchObject({ name: "NoSuchUpload" });
    });
  });

  describe("a list", () => {
    it("has the keys with a prefix in the order of UTF-8, page by page", async () => {
      const Bucket = await newBucket();
      for (const key of ["b/2", "a/\u{1f600}", "a/\uffee", "a/1", "a/", "c"])
        await put(Bucket, key);
      expect(await keys(Bucket, { Prefix: "a/" })).toEqual([
        "a/",
        "a/1",
        "a/\uffee",
        "a/\u{1f600}",
      ]);
      expect(await keys(Bucket, { StartAfter: "a/1", MaxKeys: 2 })).toEqual([
        "a/\uffee",
        "a/\u{1f600}",
      ]);
      const found: (string | undefined)[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await list(Bucket, { MaxKeys: 4, ContinuationToken });
        expect(page.KeyCount).toBe(page.Contents?.length);
        found.push(...(page.Contents ?? []).map(({ Key }) => Key));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      expect(found).toEqual(["a/", "a/1", "a/\uffee", "a/\u{1f600}", "b/2", "c"]);
    });

    it("groups keys by a delimiter", async () => {
      const Bucket = await newBucket();
      for (const key of ["a", "b/1", "b/2", "b/c/3", "d/4"]) await put(Bucket, key);
      const all = await list(Bucket, { Delimiter: "/" });
      expect(all.Contents?.map(({ Key }) => Key)).toEqual(["a"]);
      expect(all.CommonPrefixes).toEqual([{ Prefix: "b/" }, { Prefix: "d/" }]);
      const inner = await list(Bucket, { Delimiter: "/", Prefix: "b/" });
      expect(inner.Contents?.map(({ Key }) => Key)).toEqual(["b/1", "b/2"]);
      expect(inner.CommonPrefixes).toEqual([{ Prefix: "b/c/" }]);
      const first = await list(Bucket, { Delimiter: "/", MaxKeys: 2 });
      expect([first.IsTruncated, first.CommonPrefixes]).toEqual([true, [{ Prefix: "b/" }]]);
      const { NextContinuationToken: ContinuationToken } = first;
      const rest = await list(Bucket, { Delimiter: "/", ContinuationToken });
      expect([rest.IsTruncated, rest.CommonPrefixes]).toEqual([false, [{ Prefix: "d/" }]]);
    });

    it("is empty for an empty bucket", async () => {
      expect(await list(await newBucket())).toMatchObject({ KeyCount: 0, IsTruncated: false });
    });
  });

  it("several objects are deleted together", async () => {
    const Bucket = await newBucket();
    for (const key of ["a & b", "<c>", "d"]) await put(Bucket, key);
    const Objects = ["a & b", "<c>", "missing"].map((Key) => ({ Key }));
    const command = { Bucket, Delete: { Objects } };
    const { Deleted, Errors = [] } = await s3.send(new DeleteObjectsCommand(command));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(["a & b", "<c>", "missing"]);
    expect(Errors).toEqual([]);
    expect(await keys(Bucket)).toEqual(["d"]);
  });

  it("a bucket is listed, found and deleted when it is empty", async () => {
    const Bucket = await newBucket();
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).toContain(Bucket);
    await s3.send(new HeadBucketCommand({ Bucket }));
    await put(Bucket, "key");
    const remove = new DeleteBucketCommand({ Bucket });
    await expect(s3.send(remove)).rejects.toMatchObject({ name: "BucketNotEmpty" });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "key" }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: "NotFound",
    });
  });
};
