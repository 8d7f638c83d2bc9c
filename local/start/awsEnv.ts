import type { Services } from "../services.ts";

/**
 * Shell `export` lines that configure the AWS CLI and SDKs for the emulated services of one region,
 * with the credentials of this start: `. STATE/aws.env`, then `aws dynamodb list-tables`.
 */
export const awsEnv = ({
  endpoints,
  invocation,
}: Pick<Services, "endpoints" | "invocation">): string => {
  const { accessKeyId, secretAccessKey, region, endpoint } = invocation;
  const values = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: "",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.tables,
    AWS_ENDPOINT_URL_SQS: endpoints.queues,
    AWS_ENDPOINT_URL_S3: endpoints.buckets,
    AWS_ENDPOINT_URL_KMS: endpoints.keys,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.events,
    AWS_ENDPOINT_URL_SNS: endpoints.topics,
    AWS_ENDPOINT_URL_SSM: endpoints.parameters,
    AWS_ENDPOINT_URL_CLOUDFORMATION: endpoints.stacks,
    AWS_ENDPOINT_URL_CLOUDWATCH: endpoints.alarms,
    AWS_ENDPOINT_URL_IOT: endpoints.iotControl,
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: endpoints.iotData,
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
  };
  return Object.entries(values)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join("");
};
