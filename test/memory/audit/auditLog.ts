import type { AuditEntry, AuditIntent, AuditOutcome } from "#shared/audit/auditEntry.ts";
import type { AuditLog } from "#shared/audit/auditLog.ts";

/** An audit log in memory, with its entries, oldest first. */
export const memoryAuditLog = (): AuditLog & { readonly entries: () => AuditEntry[] } => {
  const intents = new Map<string, AuditIntent>();
  const outcomes = new Map<string, AuditOutcome>();
  const keyOf = ({ fleet, at, id }: Pick<AuditIntent, "fleet" | "at" | "id">) =>
    `${fleet} ${String(at).padStart(15, "0")}#${id}`;
  const entries = (): AuditEntry[] =>
    [...intents]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, intent]) => {
        const outcome = outcomes.get(key);
        return {
          ...intent,
          outcome: "unknown",
          ...outcome,
          subject: outcome?.subject ?? intent.subject,
        };
      });
  return {
    entries,
    async begin(intent) {
      const key = keyOf(intent);
      if (intents.has(key)) return false;
      intents.set(key, intent);
      return true;
    },
    async end(intent, outcome) {
      const key = keyOf(intent);
      if (!outcomes.has(key)) outcomes.set(key, outcome);
    },
    async list({ fleet, since, until, limit, after, matches }) {
      const found = entries()
        .toReversed()
        .filter((entry) => entry.fleet === fleet && entry.at >= since && entry.at <= until)
        .filter((entry) => after === undefined || keyOf(entry) < `${fleet} ${after}`);
      const wanted = found.filter(matches);
      const page = wanted.slice(0, limit);
      const last = page.at(-1);
      const isFull = page.length === limit && last !== undefined;
      return { entries: page, ...(isFull && { next: keyOf(last).slice(fleet.length + 1) }) };
    },
  };
};
