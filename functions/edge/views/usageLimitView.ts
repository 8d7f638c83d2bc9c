import type { LimitStatus } from "#shared/ledger/limit/limitStatus.ts";
import type { UsageNotice } from "#shared/ledger/limit/ports.ts";
import { noticeBody, noticeId, usageNoticeEvent } from "#shared/ledger/limit/sendNotices.ts";
import type { UsageLimit } from "#shared/limit/usageLimit.ts";
import type { NotificationBody } from "#shared/routes/serviceAgreementRoutes.ts";
import type { UsageLimitBody } from "#shared/routes/usageLimitRoutes.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** With one decimal. */
const percentOf = (used: number, limit: number): number => Math.round((used / limit) * 1_000) / 10;

/** A limit with its status. */
export const usageLimitView = (
  { id, scope, target, period, limit, action, name, createdAt }: UsageLimit,
  { status, isInForce }: { status: LimitStatus; isInForce: boolean },
): UsageLimitBody => ({
  id,
  scope,
  target: target ?? null,
  period,
  limit,
  action,
  name: name ?? null,
  created_at: iso(createdAt),
  period_begins: iso(status.from),
  period_ends: iso(status.to),
  used: status.used,
  percent: percentOf(status.used, limit),
  expected: status.expected,
  reached_at: status.reachedAt === undefined ? null : iso(status.reachedAt),
  in_force: isInForce,
});

const resourceTypes: Readonly<Record<string, NotificationBody["attributes"]["resource_type"]>> = {
  device: "Device",
  integration: "Integration",
};

/** A notice in the form of JSON:API, as Particle shows notifications. */
export const notificationView = (
  notice: UsageNotice,
  { product, username }: { product?: { id: number } | undefined; username: string },
): NotificationBody => {
  const { id: _, ...details } = noticeBody(notice);
  const owner = product === undefined ? username : String(product.id);
  return {
    id: noticeId(notice),
    type: "notification",
    attributes: {
      state: notice.state,
      event_name: usageNoticeEvent,
      time_period: notice.period,
      created_at: iso(notice.at),
      resource_id: notice.target ?? owner,
      resource_type: resourceTypes[notice.scope] ?? (product === undefined ? "User" : "Product"),
      details,
    },
  };
};
