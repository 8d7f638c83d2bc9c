import * as z from "zod/mini";

/** The state of a subject, or the changed part of it, without secrets. */
export const auditState = z.record(z.string(), z.unknown());

export type AuditState = z.output<typeof auditState>;

/**
 * Who has changed something:
 *
 * | Kind | Actor |
 * |---|---|
 * | `user` | a person, with a token or a browser session |
 * | `client` | an API user or a client of a product |
 * | `operator` | a caller of the admin function, or an operator's token |
 * | `device` | a device, by itself |
 * | `system` | the cloud, by itself |
 */
export const auditActor = z.object({
  kind: z.enum(["user", "client", "operator", "device", "system"]),
  name: z.optional(z.string()),
  /** The id of the token in the list of tokens. */
  token: z.optional(z.string()),
});

export const auditSubject = z.object({
  kind: z.string(),
  id: z.optional(z.string()),
  name: z.optional(z.string()),
});

/** What is known before a change. It is stored first: without it, nothing changes. */
export const auditIntent = z.object({
  /** Identifies the entry in its fleet, together with the time. */
  id: z.string(),
  /** The fleet whose log has the entry. */
  fleet: z.string(),
  /** In milliseconds since 1970. */
  at: z.number(),
  actor: auditActor,
  /** One of `auditActions`. A later version may know more. */
  action: z.string(),
  subject: auditSubject,
  /** The names of the fields of the request; their values may be secret. */
  fields: z.optional(z.array(z.string())),
  /** Where the request came from. */
  origin: z.optional(z.object({ address: z.string(), userAgent: z.optional(z.string()) })),
  requestId: z.optional(z.string()),
});

export type AuditIntent = z.output<typeof auditIntent>;

/** What is known after a change. */
export const auditOutcome = z.object({
  outcome: z.enum(["done", "failed"]),
  /** The code of the failure. A failed change may have changed a part. */
  failure: z.optional(z.string()),
  /** The subject, if its id was not known before. */
  subject: z.optional(auditSubject),
  before: z.optional(auditState),
  after: z.optional(auditState),
});

export type AuditOutcome = z.output<typeof auditOutcome>;

/**
 * An entry of the audit log. Without an outcome, the worker ended between the intent and the
 * outcome: the change may have happened.
 */
export interface AuditEntry extends AuditIntent {
  readonly outcome: "done" | "failed" | "unknown";
  readonly failure?: string | undefined;
  readonly before?: AuditState | undefined;
  readonly after?: AuditState | undefined;
}
