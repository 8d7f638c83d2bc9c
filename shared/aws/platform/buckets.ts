import { S3Client } from "@aws-sdk/client-s3";
import { patience } from "./clients.ts";

/** The way to the buckets of this region. One machine's S3 knows buckets by path only; real S3 still answers both. */
export const openBuckets = (): S3Client => new S3Client({ ...patience, forcePathStyle: true });
