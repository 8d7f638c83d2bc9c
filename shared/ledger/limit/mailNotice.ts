import type { MailQueue } from "../../account/mail/mailRequest.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { UsageNotice } from "./ports.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** Queues the mail of a notice for the owner of the limit. */
export const mailNotice =
  ({ mailQueue, now }: { mailQueue: MailQueue; now: () => number }) =>
  async (notice: UsageNotice): Promise<void> => {
    const { owner, name, scope, target, period, kind, used, max, action, reachedAt, to } = notice;
    if (owner === undefined) return;
    const subject = `${name ?? `${scope}${target === undefined ? "" : ` ${target}`}`} by ${period}`;
    await mailQueue.send({
      kind: "usage-notice",
      ...owner,
      subject,
      used,
      limit: max,
      action,
      endsAt: iso(to),
      orderedAt: now(),
      ...omitUndefined({
        percent: kind === "forecast" ? undefined : Number(kind),
        reachedAt: reachedAt === undefined ? undefined : iso(reachedAt),
      }),
    });
  };
