import * as z from "zod/mini";
import { deviceNameCharsMax } from "../device/limits.ts";
import { eventNameBytesMax } from "../event/limits.ts";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { templateProblem } from "../template/templateProblem.ts";
import { bodySettings, canonicalSettings } from "./canonicalSettings.ts";
import { type KindName, kindOf, kinds } from "./kind/kinds.ts";
import { integrationBytesMax } from "./kind/limits.ts";
import {
  deliveryDeadlineSecondsMax,
  deliveryDeadlineSecondsMin,
  integrationNameCharsMax,
} from "./limits.ts";
import { hasHiddenSecret, hiddenSecretMessage } from "./secret/restoreSecrets.ts";

/** Settings of every kind that a user sends. The names are those of the REST API. */
const chosen = {
  event: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(eventNameBytesMax),
      z.regex(
        /^[^+#\p{Cc}\p{Cs}]*$/u,
        "must not contain +, # or control characters: no event name does",
      ),
    ),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(integrationNameCharsMax))),
  /** Device id or name. */
  deviceID: z.optional(z.string().check(z.maxLength(deviceNameCharsMax))),
  disabled: z._default(flag, false),
  /**
   * How long a delivery is retried, in seconds after its event. Godwit extension. Absent: the whole
   * schedule.
   */
  deadline: z.optional(wholeNumber(deliveryDeadlineSecondsMin, deliveryDeadlineSecondsMax)),
  hookSent: z.optional(flag),
  hookResponse: z.optional(flag),
  hookError: z.optional(flag),
};

const of = <Name extends KindName>(name: Name) => ({
  integration_type: z.literal(name),
  ...chosen,
});

const known = z.discriminatedUnion("integration_type", [
  z.object({ ...of("Webhook"), ...kinds.Webhook.settings.shape }),
  z.object({ ...of("AzureIotHub"), ...kinds.AzureIotHub.settings.shape }),
  z.object({ ...of("GoogleCloudPubSub"), ...kinds.GoogleCloudPubSub.settings.shape }),
  z.object({ ...of("AwsEventBridge"), ...kinds.AwsEventBridge.settings.shape }),
  z.object({ ...of("AwsSqs"), ...kinds.AwsSqs.settings.shape }),
]);

/** Checks that concern several settings. */
const checked = known.check(
  z.refine((input) => bodySettings.filter((key) => Object.hasOwn(input, key)).length < 2, {
    message: "json, form and body cannot be combined",
    path: ["body"],
  }),
  z.superRefine((input, { addIssue }) => {
    const wrong =
      templateProblem(input) ?? kindOf({ kind: input.integration_type }).problem?.(input);
    if (wrong !== undefined) {
      addIssue({ code: "custom", message: wrong.message, path: [wrong.setting] });
    }
  }),
  z.refine((input) => Buffer.byteLength(JSON.stringify(input)) <= integrationBytesMax, {
    message: `is larger than ${integrationBytesMax} bytes`,
  }),
);

/** `integration` is the id in the path. */
const settingNames: ReadonlySet<string> = new Set([
  ...["integration_type", "integration"],
  ...Object.keys(chosen),
  ...Object.values(kinds).flatMap(({ settings }) => Object.keys(settings.shape)),
]);

/** Accepts settings under any of their names. */
const canonical = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.pipe(
    z.transform((input: unknown, { issues }) =>
      canonicalSettings(input, {
        known: settingNames,
        report: (setting, message) =>
          issues.push({ code: "custom", message, path: [setting], input }),
      }),
    ),
    schema,
  );

/** Settings that may contain masked secrets, which `restoreSecrets` restores. */
export const changedInput = canonical(checked);

/**
 * Path and body of a request that replaces an integration. Secrets may be masked as in
 * `changedInput`.
 */
export const replacementInput = canonical(
  z.intersection(checked, z.object({ integration: z.string().check(z.maxLength(64)) })),
);

/** Body of a request that creates an integration. */
export const integrationInput = changedInput.check(
  z.superRefine((input, { addIssue }) => {
    const names: readonly string[] = kindOf({ kind: input.integration_type }).secrets;
    for (const [name, value] of Object.entries(input)) {
      if (names.includes(name) && hasHiddenSecret(value)) {
        addIssue({ code: "custom", message: hiddenSecretMessage, path: [name] });
      }
    }
  }),
);

export type IntegrationInput = z.output<typeof integrationInput>;
