import * as z from "zod/mini";
import { auditInput } from "../audit/listAudit.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

const state = z.record(z.string(), z.unknown());

const auditEntry = z.strictObject({
  id: z.string(),
  at: isoTime,
  actor: z.strictObject({
    kind: z.enum(["user", "client", "operator", "device", "system"]),
    name: z.optional(z.string()),
    /** The id of the token in the list of tokens. */
    token_id: z.optional(z.string()),
  }),
  /** The kind of the subject, a dot, and what was done. */
  action: z.string(),
  subject: z.strictObject({
    kind: z.string(),
    id: z.optional(z.string()),
    name: z.optional(z.string()),
  }),
  /** `unknown`: the cloud failed while it made the change, which may have happened. */
  outcome: z.enum(["done", "failed", "unknown"]),
  /** The code of the failure. */
  failure: z.optional(z.string()),
  /** The names of the fields of the request. */
  fields: z.optional(z.array(z.string())),
  /** The changed fields before and after the change, without secrets. */
  before: z.optional(state),
  after: z.optional(state),
  /** Where the request came from. */
  origin: z.optional(z.strictObject({ address: z.string(), user_agent: z.optional(z.string()) })),
  request_id: z.optional(z.string()),
});

/** An entry of the audit log in a reply. */
export type AuditEntryBody = z.input<typeof auditEntry>;

/** The operations on the audit log of a fleet. */
export const auditRoutes = {
  listAudit: route({
    method: "GET",
    path: "/v1/audit",
    product: true,
    access: "audit:get",
    summary: "List the changes of the fleet: who has changed what, from where",
    input: auditInput,
    replies: {
      200: z.strictObject({ entries: z.array(auditEntry), cursor: z.optional(z.string()) }),
    },
    example: {
      input: { action: "integration", limit: 1 },
      reply: {
        entries: [
          {
            id: "8f14e45fceea167a5a",
            at: "2026-01-31T12:00:00.000Z",
            actor: { kind: "user", name: "ada@example.com", token_id: "9f86d081884c" },
            action: "integration.update",
            subject: { kind: "integration", id: "3b0fd0bc-1c1f-4a79-8e1c-8f2f7c1b4a5d" },
            outcome: "done",
            fields: ["url"],
            before: { url: "https://example.com/old" },
            after: { url: "https://example.com/new" },
            origin: { address: "192.0.2.1", user_agent: "curl/8.5.0" },
            request_id: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
          },
        ],
        cursor: "WyJhIiwiMDAxNzM1Nzg3MDQ1Njc4IzhmMTQiXQ",
      },
    },
    errors: [],
  }),
};
