import { DeleteObjectsCommand, type S3Client } from "@aws-sdk/client-s3";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const keysMax = 1_000;

/** Removes objects from a bucket. Those that are not there any more count as removed. Fails unless all are. */
export const removeObjects = async (
  s3: S3Client,
  bucket: string,
  keys: readonly string[],
): Promise<void> => {
  for (let from = 0; from < keys.length; from += keysMax) {
    const Objects = keys.slice(from, from + keysMax).map((Key) => ({ Key }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (first) throw new Error(`${first.Key} was not removed: ${first.Code} ${first.Message}`);
  }
};
