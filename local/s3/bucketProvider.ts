import * as z from "zod";
import { type ResourceContext, resourceProvider } from "../template/resourceProvider.ts";
import type { S3Client } from "./s3Client.ts";

/** Properties about access, encryption, versions and lifecycle: accepted and ignored. */
const unused = z.unknown().optional();

const properties = z.strictObject({
  BucketName: z.string().optional(),
  AccessControl: unused,
  BucketEncryption: unused,
  LifecycleConfiguration: unused,
  LoggingConfiguration: unused,
  OwnershipControls: unused,
  PublicAccessBlockConfiguration: unused,
  Tags: unused,
  VersioningConfiguration: unused,
});

/** `AWS::S3::Bucket`. Keeps the objects of an earlier start. */
export const bucketProvider = (s3: S3Client) =>
  resourceProvider({
    type: "AWS::S3::Bucket",
    properties,
    async create({ BucketName }, place) {
      const name = BucketName ?? bucketName(place);
      await s3.createBucket(name);
      const RegionalDomainName = `${name}.${domain}`;
      return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, RegionalDomainName } };
    },
  });

const domain = "s3.local";

/** The bucket of a `RegionalDomainName`. */
export const bucketOf = (domainName: string): string => domainName.slice(0, -domain.length - 1);

const bucketNameCharsMax = 63;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = ({ stack, logicalId }: ResourceContext): string =>
  `${stack}-${logicalId}`.toLowerCase().slice(-bucketNameCharsMax).replace(/^-+/, "");
