import { awsEventBridge } from "./kinds/awsEventBridge.ts";
import { awsSqs } from "./kinds/awsSqs.ts";
import { azureIotHub } from "./kinds/azureIotHub.ts";
import { googleCloudPubSub } from "./kinds/googleCloudPubSub.ts";
import { webhook } from "./kinds/webhook.ts";

/** Every kind of integration, under its name in the REST API. */
export const kinds = {
  Webhook: webhook,
  AzureIotHub: azureIotHub,
  GoogleCloudPubSub: googleCloudPubSub,
  AwsEventBridge: awsEventBridge,
  AwsSqs: awsSqs,
} as const;

/** The name of a kind. */
export type KindName = keyof typeof kinds;
