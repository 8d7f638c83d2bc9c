import { lateMs } from "./limits.ts";
import { dueEvent, type Page, type PageDelivery } from "./page.ts";
import type { Reading } from "./reading.ts";

/** Whether a receiver has not been told in time, or never will be. */
const isUndelivered = (page: Page, one: PageDelivery, now: number): boolean =>
  dueEvent(page, one) !== undefined && (one.dead !== undefined || now - one.dueSince > lateMs);

interface Context {
  /** The names of the configured receivers. A receiver that was removed is not expected. */
  readonly receivers: ReadonlySet<string>;
  readonly now: number;
}

/** The deliveries of open pages to configured receivers that are late or given up. */
export const undelivered = (
  open: readonly Page[],
  { receivers, now }: Context,
): readonly PageDelivery[] =>
  open.flatMap((page) =>
    page.deliveries.filter((one) => receivers.has(one.receiver) && isUndelivered(page, one, now)),
  );

/** Receivers that pages do not reach. The other receivers are told, and way 1 by a metric. */
export const receiverReading = (
  open: readonly Page[],
  { region, ...context }: Context & { readonly region: string },
): Reading => {
  const { now } = context;
  const late = new Map<string, { since: number; reason: string }>();
  for (const one of undelivered(open, context)) {
    const since = Math.min(late.get(one.receiver)?.since ?? now, one.dueSince);
    const reason = one.dead ?? one.attempts.at(-1)?.result ?? "";
    late.set(one.receiver, { since, reason });
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
