import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTClient } from "@aws-sdk/client-iot";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { attemptsMax, connectMsMax, responseMsMax } from "./limits.ts";

/** How the services are reached: the SDK's own configuration, if nothing is given. */
export interface Access {
  /** A profile of the AWS configuration files. */
  readonly profile?: string | undefined;
  /** One endpoint for all services. */
  readonly endpoint?: string | undefined;
}

/** The services of one region that the checks read. */
export interface Aws {
  readonly region: string;
  readonly apiGateway: APIGatewayClient;
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly dynamo: DynamoDBClient;
  readonly iot: IoTClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly serviceQuotas: ServiceQuotasClient;
  readonly ses: SESv2Client;
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}

const requestHandler = {
  connectionTimeout: connectMsMax,
  requestTimeout: responseMsMax,
  throwOnRequestTimeout: true,
};

/** Opens the services of a region. Every request is bounded in time. */
export const openAws = (region: string, { profile, endpoint }: Access): Aws => {
  const options = {
    region,
    maxAttempts: attemptsMax,
    requestHandler,
    ...omitUndefined({ profile, endpoint }),
  };
  return {
    region,
    apiGateway: new APIGatewayClient(options),
    cloudFormation: new CloudFormationClient(options),
    cloudWatch: new CloudWatchClient(options),
    dynamo: new DynamoDBClient(options),
    iot: new IoTClient(options),
    kms: new KMSClient(options),
    lambda: new LambdaClient(options),
    s3: new S3Client({ ...options, forcePathStyle: endpoint !== undefined }),
    serviceQuotas: new ServiceQuotasClient(options),
    ses: new SESv2Client(options),
    sns: new SNSClient(options),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
  };
};

/** Closes the connections. */
export const closeAws = ({ region: _, ...clients }: Aws): void => {
  for (const client of Object.values(clients)) client.destroy();
};
