import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { describe } from "vitest";
import { kmsSecrets } from "#shared/aws/platform/secrets.ts";
import { secretsContract } from "../../test/contracts/platform/secrets.ts";
import { s3Contract } from "../../test/contracts/s3.ts";
import { sqsContract } from "../../test/contracts/sqs.ts";

const region = "us-east-1";
const alias = "alias/contract";

describe("SQS", () => {
  sqsContract(async () => new SQSClient({}));
});

describe("S3", () => {
  s3Contract(async () => new S3Client({ forcePathStyle: true }));
});

describe("KMS", () => {
  secretsContract(async () => {
    const kms = new KMSClient({});
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
    kms.destroy();
    const options = { key: alias, region, regions: [region], now: Date.now };
    return { worker: () => kmsSecrets({ ...options, onIncomplete: () => {} }) };
  });
});
