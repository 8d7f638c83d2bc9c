import type { AuditEntry } from "#shared/audit/auditEntry.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type { AuditEntryBody } from "#shared/routes/auditRoutes.ts";

/** An entry of the audit log in a reply. */
export const auditEntryView = (entry: AuditEntry): AuditEntryBody => {
  const { id, at, actor, action, subject, fields, before, after, origin, requestId } = entry;
  const { outcome, failure } = entry;
  return {
    id,
    at: new Date(at).toISOString(),
    actor: {
      kind: actor.kind,
      ...omitUndefined({ name: actor.name, token_id: actor.token }),
    },
    action,
    subject: { kind: subject.kind, ...omitUndefined({ id: subject.id, name: subject.name }) },
    outcome,
    ...omitUndefined({ failure, fields, before, after }),
    ...(origin && {
      origin: {
        address: origin.address,
        ...omitUndefined({ user_agent: origin.userAgent }),
      },
    }),
    ...omitUndefined({ request_id: requestId }),
  };
};
