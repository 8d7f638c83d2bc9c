import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Incident } from "../../status/incident.ts";
import {
  mailsAtOnceMax,
  noticePageMax,
  noticesPerRunMax,
  noticesReadMax,
  reportWaitMs,
  webhooksAtOnceMax,
} from "../limits.ts";
import { type AttemptDeps, attemptNotice } from "./attemptNotice.ts";
import { type FanOut, type FanOuts, type Notice, type Notices, noticeKey } from "./notice.ts";

export interface SendDeps extends AttemptDeps {
  readonly notices: Pick<Notices, "page" | "put">;
  readonly fanOuts: Pick<FanOuts, "put">;
}

/** The results of a run. */
export interface SentNotices {
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
}

/**
 * Sends the notices of open fan-outs that are due, up to `noticesPerRunMax` mails and as many
 * webhooks, and stores the result of each attempt. Slow webhooks delay no mail and no later update:
 * mails and webhooks do not wait for each other, and those that have failed come last. One
 * subscriber gets its notices one after another, in the order of the updates. After a failure, a
 * notice is sent again by `noticeWaitsSeconds`, and then dead-lettered. A crash between an attempt
 * and its result repeats the attempt. Stops at `deadline` (milliseconds since 1970).
 */
export const sendNotices = async (
  fanOuts: readonly FanOut[],
  { incidents, deadline }: { incidents: readonly Incident[]; deadline: number },
  deps: SendDeps,
): Promise<SentNotices> => {
  const byId = new Map(incidents.map((one) => [one.id, one]));
  const results = { delivered: 0, failed: 0, dead: 0 };
  const opened: Opened[] = [];
  for (const fanOut of fanOuts) {
    if (fanOut.dueAt > deps.now()) continue;
    const read = opened.reduce((sum, { due }) => sum + due.length, 0);
    if (deps.now() >= deadline || read >= noticesReadMax) break;
    opened.push(await readWaiting(fanOut, deps));
  }
  const tryAll = async (kind: Notice["kind"], atOnce: number): Promise<void> => {
    const all = opened.flatMap((one) => one.due.map((notice) => ({ notice, of: one })));
    const queue = all
      .filter(({ notice }) => notice.kind === kind)
      .sort((one, other) => one.notice.attempts - other.notice.attempts)
      .slice(0, noticesPerRunMax);
    const bySubscriber = Map.groupBy(queue, ({ notice }) => notice.subscription);
    await mapConcurrently(bySubscriber.values(), atOnce, async (own) => {
      for (const { notice, of } of own) {
        if (deps.now() >= deadline) return;
        const incident = byId.get(notice.incident);
        const after = await attemptNotice(notice, { incident, deadline }, deps);
        await deps.notices.put(after);
        of.tried.set(noticeKey(notice), after);
        count(after, results);
      }
    });
  };
  await Promise.all([tryAll("email", mailsAtOnceMax), tryAll("webhook", webhooksAtOnceMax)]);
  for (const one of opened) await close(one, deps);
  return results;
};

/** A fan-out with the notices of it that wait. */
interface Opened {
  readonly fanOut: FanOut;
  readonly due: readonly Notice[];
  /** When the first one of the others is due. */
  readonly nextAt: number;
  /** The notices after an attempt of this run, by their keys. */
  readonly tried: Map<string, Notice>;
}

const readWaiting = async (fanOut: FanOut, { notices, now }: SendDeps): Promise<Opened> => {
  const { incident, update } = fanOut;
  const due: Notice[] = [];
  let nextAt = Number.POSITIVE_INFINITY;
  let after: string | undefined;
  do {
    const page = await notices.page({ incident, update }, { limit: noticePageMax, after });
    for (const notice of page.notices) {
      if (notice.state !== "waiting") continue;
      if (notice.dueAt <= now()) due.push(notice);
      else nextAt = Math.min(nextAt, notice.dueAt);
    }
    after = page.next;
  } while (after !== undefined);
  return { fanOut, due, nextAt, tried: new Map() };
};

/** Stores when a notice of the fan-out is due next. */
const close = async (
  { fanOut, due, nextAt, tried }: Opened,
  { fanOuts, now }: SendDeps,
): Promise<void> => {
  const left = due
    .map((notice) => tried.get(noticeKey(notice)) ?? notice)
    .filter(({ state }) => state === "waiting");
  const dueAt = left.reduce((first, notice) => Math.min(first, notice.dueAt), nextAt);
  const isOpen = dueAt !== Number.POSITIVE_INFINITY || !fanOut.isComplete;
  await fanOuts.put({
    ...fanOut,
    isOpen,
    dueAt: isOpen ? Math.min(dueAt, now() + reportWaitMs) : fanOut.dueAt,
  });
};

const count = (
  { state }: Notice,
  results: { delivered: number; failed: number; dead: number },
): void => {
  if (state === "delivered") results.delivered += 1;
  else if (state === "dead") results.dead += 1;
  else if (state === "waiting") results.failed += 1;
};
