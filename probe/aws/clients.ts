import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { IoTClient } from "@aws-sdk/client-iot";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";

/** Clients of the services that probes use, in one region. */
export const openClients = (region: string) => ({
  region,
  apiGateway: new APIGatewayClient({ region }),
  cloudWatch: new CloudWatchClient({ region }),
  iam: new IAMClient({ region }),
  iot: new IoTClient({ region }),
  lambda: new LambdaClient({ region }),
  sns: new SNSClient({ region }),
  sqs: new SQSClient({ region }),
  sts: new STSClient({ region }),
});

export type Clients = ReturnType<typeof openClients>;
