import * as z from "zod/mini";

/** With what a webhook's requests are signed. */
const signing = z.object({
  /** `whsec_` and the key in base64: https://github.com/standard-webhooks/standard-webhooks */
  secret: z.string(),
  /** The one before, which signs too until this time, in milliseconds since 1970. */
  former: z.optional(z.object({ secret: z.string(), until: z.number() })),
});

export type Signing = z.output<typeof signing>;

/** What the cloud knows of every integration, whatever its kind. The names are those of the REST API. */
export const common = z.object({
  id: z.string(),
  fleet: z.string(),
  /** The number of the product whose fleet it is. */
  product: z.optional(z.int()),
  /** Its events' names begin with this, case and all. */
  event: z.string(),
  /** Only events of this device; without it, of every device. */
  deviceID: z.optional(z.string()),
  name: z.string(),
  disabled: z.boolean(),
  /** Why the cloud disabled it. */
  disabledReason: z.optional(z.string()),
  /** When its owner last enabled it again, in milliseconds since 1970. */
  enabledAt: z.optional(z.number()),
  /** How long a delivery is tried, in seconds after its event; without it the whole schedule is used. */
  deadline: z.optional(z.int()),
  /** Whether attempts, replies and failures are told as events; what happens without is in docs/adr/0012. */
  hookSent: z.optional(z.boolean()),
  hookResponse: z.optional(z.boolean()),
  hookError: z.optional(z.boolean()),
  /** Absent in an integration that was made before there were signatures. */
  signing: z.optional(signing),
  /** One more each time that it is written; absent in one that is as it was made. */
  revision: z.optional(z.int()),
  /** When it was made, ISO 8601. */
  createdAt: z.string(),
});

export type Common = z.output<typeof common>;
