import * as z from "zod/mini";

const texts = z.record(z.string(), z.string());

/** Where matching events of a fleet go: a webhook. The names are those of the REST API. */
export const integration = z.object({
  id: z.string(),
  fleet: z.string(),
  /** Its events' names begin with this, case and all. */
  event: z.string(),
  /** Only events of this device; without it, of every device. */
  deviceID: z.optional(z.string()),
  name: z.string(),
  url: z.string(),
  requestType: z.enum(["GET", "POST", "PUT", "DELETE"]),
  /** `json`, `form` and `body` exclude each other. */
  json: z.optional(z.union([z.record(z.string(), z.unknown()), z.string()])),
  form: z.optional(texts),
  body: z.optional(z.string()),
  query: z.optional(texts),
  headers: z.optional(texts),
  auth: z.optional(z.object({ username: z.string(), password: z.string() })),
  noDefaults: z.boolean(),
  rejectUnauthorized: z.boolean(),
  disabled: z.boolean(),
  /** Why the cloud disabled it. */
  disabledReason: z.optional(z.string()),
  /** How long a delivery is tried, in seconds after its event; without it the whole schedule is used. */
  deadline: z.optional(z.int()),
  /** When it was made, ISO 8601. */
  createdAt: z.string(),
});

export type Integration = z.output<typeof integration>;
