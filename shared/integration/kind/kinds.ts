import type * as z from "zod/mini";
import { awsEventBridge } from "./awsEventBridge.ts";
import { awsSqs } from "./awsSqs.ts";
import { azureIotHub } from "./azureIotHub.ts";
import { googleCloudPubSub } from "./googleCloudPubSub.ts";
import type { Kind } from "./kind.ts";
import { webhook } from "./webhook.ts";

/** All kinds of integrations, by their name in the REST API. */
export const kinds = {
  Webhook: webhook,
  AzureIotHub: azureIotHub,
  GoogleCloudPubSub: googleCloudPubSub,
  AwsEventBridge: awsEventBridge,
  AwsSqs: awsSqs,
} as const;

/** The name of a kind. */
export type KindName = keyof typeof kinds;

type Settings = { [Name in KindName]: z.output<(typeof kinds)[Name]["settings"]> };

const table: { readonly [Name in KindName]: Kind<Settings[Name]> } = kinds;

/** Returns the kind of an integration. */
export const kindOf = <Name extends KindName>({
  kind,
}: {
  readonly kind: Name;
}): Kind<Settings[Name]> => table[kind];
