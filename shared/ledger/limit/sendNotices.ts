import type { Broker } from "../../event/ports.ts";
import { cloudPublisher, cloudTopic } from "../../platform/topic.ts";
import type { DueNotice, NoticeSender } from "./checkLimits.ts";
import { noticeLeaseMs } from "./limits.ts";
import type { NoticeKey, UsageNotice, UsageNotices } from "./ports.ts";

/** The name of the event of a notice. */
export const usageNoticeEvent = "usage/notice";

interface Deps {
  readonly notices: Pick<UsageNotices, "add" | "takeOver" | "markSent">;
  readonly broker: Pick<Broker, "publish">;
  /** Mails a notice to the contacts of the fleet. Absent: this deployment sends no mail. */
  readonly mail?: ((notice: UsageNotice) => Promise<void>) | undefined;
  readonly region: string;
  readonly now: () => number;
}

/**
 * Sends each notice from one region: the notice is stored as pending, then published and mailed,
 * then marked. After a crash before the mark, the same region repeats it at once, and another one
 * after `noticeLeaseMs`: duplicate detection removes the repeated event, and a mail may come twice.
 */
export const noticeSender = (deps: Deps): NoticeSender => {
  const { notices, broker, mail, region, now } = deps;
  const publish = async (notice: UsageNotice, isMailed: boolean): Promise<void> => {
    const { fleet } = notice;
    const topic = cloudTopic({
      fleet,
      device: cloudPublisher,
      name: usageNoticeEvent,
      key: noticeId(notice),
      at: notice.at,
    });
    await broker.publish(topic, Buffer.from(JSON.stringify(noticeBody(notice))));
    if (isMailed) await mail?.(notice);
    await notices.markSent(notice);
  };
  return {
    async send({ isMailed, ...due }: DueNotice) {
      const notice: UsageNotice = { ...due, state: "pending", region, claimedAt: now() };
      const known = await notices.add(notice);
      if (known === undefined) return publish(notice, isMailed);
      if (known.state === "sent") return undefined;
      if (known.region !== region) {
        if (now() < known.claimedAt + noticeLeaseMs) {
          throw new Error(`${known.region} is sending the notice ${noticeId(notice)}`);
        }
        if (!(await notices.takeOver(known, { region, now: now() }))) {
          throw new Error(`another region is sending the notice ${noticeId(notice)}`);
        }
      }
      // With the numbers of the first attempt, so that the repeated event is the same.
      return publish(known, isMailed);
    },
  };
};

/** The id of a notice: the same in all regions, and for each repeat. */
export const noticeId = ({ limit, kind, from, max }: Omit<NoticeKey, "fleet">): string =>
  `${limit}-${new Date(from).toISOString().slice(0, 10)}-${max}-${kind}`;

const iso = (at: number): string => new Date(at).toISOString();

/** The data of the event. */
export const noticeBody = (notice: UsageNotice) => {
  const { limit, name, kind, scope, target, action, period, from, to, max, used } = notice;
  return {
    id: noticeId(notice),
    limit_id: limit,
    name: name ?? null,
    kind: kind === "forecast" ? ("forecast" as const) : ("threshold" as const),
    percent: kind === "forecast" ? null : Number(kind),
    scope,
    target: target ?? null,
    action,
    period,
    period_begins: iso(from),
    period_ends: iso(to),
    limit: max,
    used,
    expected: notice.expected,
    reached_at: notice.reachedAt === undefined ? null : iso(notice.reachedAt),
  };
};
