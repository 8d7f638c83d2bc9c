import { lateMs } from "./limits.ts";
import { dueEvent, type Page, type PageDelivery } from "./page.ts";
import type { Reading } from "./reading.ts";

/** Whether a receiver has not been told in time, or never will be. */
export const isUndelivered = (page: Page, one: PageDelivery, now: number): boolean =>
  dueEvent(page, one) !== undefined && (one.dead !== undefined || now - one.dueSince > lateMs);

/** Receivers that pages do not reach. The other receivers are told, and way 1 by a metric. */
export const receiverReading = (
  open: readonly Page[],
  { region, now }: { readonly region: string; readonly now: number },
): Reading => {
  const late = new Map<string, { since: number; reason: string }>();
  for (const page of open) {
    for (const one of page.deliveries) {
      if (!isUndelivered(page, one, now)) continue;
      const since = Math.min(late.get(one.receiver)?.since ?? now, one.dueSince);
      const reason = one.dead ?? one.attempts.at(-1)?.result ?? "";
      late.set(one.receiver, { since, reason });
    }
  }
  return {
    source: "receivers",
    at: now,
    signals: [...late].map(([receiver, { since, reason }]) => ({
      key: receiver,
      region,
      summary: `Pages do not reach the receiver ${receiver}.`,
      severity: "error" as const,
      components: [],
      runbook: "pages-are-not-delivered",
      reason,
      since,
      exceptReceivers: [receiver],
    })),
  };
};
