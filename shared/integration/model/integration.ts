import * as z from "zod/mini";
import { common } from "../kind/kind.ts";
import { kinds } from "../kind/kinds.ts";

const known = z.discriminatedUnion("kind", [
  z.extend(common, { kind: z.literal("Webhook"), ...kinds.Webhook.settings.shape }),
  z.extend(common, { kind: z.literal("AzureIotHub"), ...kinds.AzureIotHub.settings.shape }),
  z.extend(common, {
    kind: z.literal("GoogleCloudPubSub"),
    ...kinds.GoogleCloudPubSub.settings.shape,
  }),
  z.extend(common, { kind: z.literal("AwsEventBridge"), ...kinds.AwsEventBridge.settings.shape }),
  z.extend(common, { kind: z.literal("AwsSqs"), ...kinds.AwsSqs.settings.shape }),
]);

/** Rows from before there were kinds have none: they are webhooks. */
const withKind = (stored: unknown): unknown =>
  typeof stored === "object" && stored !== null && !("kind" in stored)
    ? { ...stored, kind: "Webhook" }
    : stored;

/** An integration of any kind, as stored. */
export const integration = z.pipe(z.transform(withKind), known);

export type Integration = z.output<typeof integration>;

/** The settings that matching needs. They can be read even if a secret cannot be decrypted. */
export const integrationMatcher = z.pick(common, {
  id: true,
  fleet: true,
  event: true,
  deviceID: true,
  disabled: true,
  deadline: true,
});

export type IntegrationMatcher = z.output<typeof integrationMatcher>;
