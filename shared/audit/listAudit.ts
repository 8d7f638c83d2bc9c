import * as z from "zod/mini";
import { cursorText, readCursor, writeCursor } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { dayMs } from "../platform/durations.ts";
import type { AuditEntry } from "./auditEntry.ts";
import type { AuditLog } from "./auditLog.ts";
import { auditDays, auditPageDefault, auditPageMax, auditTextCharsMax } from "./limits.ts";

/** The filters of a list of the audit log. */
export const auditInput = z.object({
  since: z.optional(time),
  until: z.optional(time),
  /** The name of the actor, or its kind. */
  actor: z.optional(z.string().check(z.minLength(1), z.maxLength(auditTextCharsMax))),
  /** An action, or the kind of its subject: `integration` is every action on integrations. */
  action: z.optional(z.string().check(z.regex(/^[a-z_]+(\.[a-z_]+)?$/, "must be an action"))),
  /** The id of the subject. */
  subject: z.optional(z.string().check(z.minLength(1), z.maxLength(auditTextCharsMax))),
  limit: z._default(wholeNumber(1, auditPageMax), auditPageDefault),
  cursor: z.optional(cursorText),
});

type AuditInput = z.output<typeof auditInput>;

/**
 * A page of the audit log of a fleet, newest first. A page with a cursor is not the last one, even
 * if it has few entries.
 */
export const listAudit = async (
  fleet: string,
  { limit, cursor, since, until, ...wanted }: AuditInput,
  { log, now }: { log: Pick<AuditLog, "list">; now: () => number },
): Promise<{ entries: readonly AuditEntry[]; cursor?: string }> => {
  const list = { since, until, ...wanted };
  const after = cursor === undefined ? undefined : readCursor(list, cursor, z.string());
  const oldest = now() - auditDays * dayMs;
  const { entries, next } = await log.list({
    fleet,
    since: Math.max(since ?? 0, oldest),
    until: until ?? now(),
    limit,
    after,
    matches: (entry) => matches(entry, wanted),
  });
  return { entries, ...(next !== undefined && { cursor: writeCursor(list, next) }) };
};

const matches = (
  { actor: { kind, name }, action, subject }: AuditEntry,
  wanted: Pick<AuditInput, "actor" | "action" | "subject">,
): boolean =>
  (wanted.actor === undefined || wanted.actor === name || wanted.actor === kind) &&
  (wanted.action === undefined ||
    wanted.action === action ||
    action.startsWith(`${wanted.action}.`)) &&
  (wanted.subject === undefined || wanted.subject === subject.id);
