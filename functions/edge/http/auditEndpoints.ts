import type { AuditLog } from "#shared/audit/auditLog.ts";
import { listAudit } from "#shared/audit/listAudit.ts";
import type { auditRoutes } from "#shared/routes/auditRoutes.ts";
import { auditEntryView } from "../views/auditView.ts";
import type { Endpoints, signedIn } from "./api.ts";

/** The endpoint of the audit log. */
export const auditEndpoints = (
  withToken: ReturnType<typeof signedIn>,
  { log, now }: { log: Pick<AuditLog, "list">; now: () => number },
): Endpoints<typeof auditRoutes> => ({
  listAudit: withToken(async (input, { fleet }) => {
    const { entries, cursor } = await listAudit(fleet, input, { log, now });
    return {
      entries: entries.map(auditEntryView),
      ...(cursor !== undefined && { cursor }),
    };
  }),
});
