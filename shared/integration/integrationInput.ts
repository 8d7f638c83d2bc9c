import * as z from "zod";
import {
  deliveryDeadlineSecondsMax,
  deliveryDeadlineSecondsMin,
  deviceNameCharsMax,
  eventNameBytesMax,
  integrationBytesMax,
} from "../limits.ts";

/** Form bodies say "true" where JSON says true. */
const flag = z.union([
  z.boolean(),
  z.enum(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1"),
]);

/** Stands for a secret where an integration is shown. What was shown and is sent back must not become the secret. */
export const hiddenSecret = "********";

const isSaid = (secret: string): boolean => secret !== hiddenSecret;
const sayAgain = `was shown as ${hiddenSecret}: say what it is, or leave it out`;

const template = z.string().max(integrationBytesMax);
const templates: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown());
const texts = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]).transform(String),
);

/** Header lines in one string, as old hook files have them. */
const headerLines = z.string().transform((lines) =>
  Object.fromEntries(
    lines.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 1 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
    }),
  ),
);

/** A URL without variables is what it will be: one that nothing can be sent to is refused at once. */
const isUsable = (url: string): boolean =>
  url.includes("{{") || (URL.canParse(url) && new URL(url).username === "");

/** What a user chooses of a webhook. The names are those of the REST API. */
const settings = z.object({
  event: z.string().min(1).max(eventNameBytesMax),
  url: z
    .string()
    .max(integrationBytesMax)
    .regex(/^https?:\/\/[^/\s]/i, "must be an http or https URL")
    .refine(isUsable, "cannot be used (a name and password belong into auth)"),
  requestType: z.enum(["GET", "POST", "PUT", "DELETE"]).default("POST"),
  name: z.string().min(1).max(200).optional(),
  /** Its id or its name. */
  deviceID: z.string().max(deviceNameCharsMax).optional(),
  json: z.union([templates, template]).optional(),
  form: texts.optional(),
  body: template.optional(),
  query: texts.optional(),
  headers: z
    .union([texts, headerLines])
    .refine((headers) => Object.values(headers).every(isSaid), sayAgain)
    .optional(),
  auth: z.object({ username: template, password: template.refine(isSaid, sayAgain) }).optional(),
  noDefaults: flag.default(false),
  rejectUnauthorized: flag.default(true),
  disabled: flag.default(false),
  /** How long a delivery is tried, in seconds after its event. Ours; without it the whole schedule is used. */
  deadline: z.coerce
    .number()
    .int()
    .min(deliveryDeadlineSecondsMin)
    .max(deliveryDeadlineSecondsMax)
    .optional(),
});

/** Particle's clients spell some fields in several ways. */
const spellings: Readonly<Record<string, string>> = {
  eventName: "event",
  deviceid: "deviceID",
  deviceId: "deviceID",
};

const spell = (input: unknown): unknown =>
  typeof input === "object" && input !== null && !Array.isArray(input)
    ? Object.fromEntries(
        Object.entries(input)
          .filter(([, value]) => value !== null && value !== "")
          .map(([key, value]) => [spellings[key] ?? key, value]),
      )
    : input;

/** The body of a request that creates an integration. Fields that we do not know are ignored, as Particle does. */
export const integrationInput = z.preprocess(
  spell,
  settings
    .extend({ integration_type: z.literal("Webhook").default("Webhook") })
    .refine(
      ({ json, form, body }) => [json, form, body].filter((x) => x !== undefined).length < 2,
      {
        message: "json, form and body exclude each other",
        path: ["body"],
      },
    )
    .refine((input) => Buffer.byteLength(JSON.stringify(input)) <= integrationBytesMax, {
      message: `is larger than ${integrationBytesMax} bytes`,
    }),
);

export type IntegrationInput = z.output<typeof integrationInput>;
