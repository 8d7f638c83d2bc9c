import { RemovalPolicy } from "aws-cdk-lib";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
} from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

/**
 * An encrypted, private bucket that outlives its stack, unless the deployment that creates it fails
 * and is rolled back. Objects without a rule in `lifecycleRules` never expire. CloudFormation
 * generates the name of the bucket, unless other regions have to know it.
 */
export const keptBucket = (
  scope: Construct,
  lifecycleRules: LifecycleRule[],
  bucketName?: string,
): Bucket => {
  const bucket = new Bucket(scope, "Bucket", {
    ...(bucketName !== undefined && { bucketName }),
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    lifecycleRules,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  acknowledge(bucket, ["AwsSolutions-S1"], "Access logs would need a bucket of their own.");
  return bucket;
};
