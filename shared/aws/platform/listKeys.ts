import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

/** The keys of a bucket's objects that begin with a prefix: the first `max` in their order, 1,000 at most. */
export const listKeys = async (
  s3: S3Client,
  bucket: string,
  { prefix, max }: { prefix: string; max: number },
): Promise<string[]> => {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: max }),
  );
  return Contents.flatMap(({ Key }) => Key ?? []);
};
