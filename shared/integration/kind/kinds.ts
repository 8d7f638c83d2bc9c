import { awsEventBridge } from "./awsEventBridge.ts";
import { awsSqs } from "./awsSqs.ts";
import { azureIotHub } from "./azureIotHub.ts";
import { googleCloudPubSub } from "./googleCloudPubSub.ts";
import { webhook } from "./webhook.ts";

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
