import { Failure } from "../../platform/failure.ts";
import { fanOutWritesMax, noticePageMax, noticesReplayedMax } from "../limits.ts";
import type { FanOuts, Notice, Notices } from "./notice.ts";

interface Deps {
  readonly notices: Pick<Notices, "page" | "put">;
  readonly fanOuts: Pick<FanOuts, "find" | "put">;
  readonly now: () => number;
}

/**
 * Sends dead-lettered notices of an incident again: those of an update, of a subscription, or all.
 * Replays up to `noticesReplayedMax`; `isComplete` tells whether these were all. May be repeated.
 * Fails with `conflict` while the notices of an update are being changed.
 */
export const replayNotices = async (
  { incident, update, subscription }: Partial<Notice> & Pick<Notice, "incident">,
  deps: Deps,
): Promise<{ readonly replayed: number; readonly isComplete: boolean }> => {
  const updates = new Set<string>();
  let after: string | undefined;
  let replayed = 0;
  do {
    const page = await deps.notices.page({ incident, update }, { limit: noticePageMax, after });
    for (const notice of page.notices) {
      if (notice.state !== "dead") continue;
      if (subscription !== undefined && notice.subscription !== subscription) continue;
      if (replayed >= noticesReplayedMax) {
        await reopenAll(incident, updates, deps);
        return { replayed, isComplete: false };
      }
      // Before and after: a run that ends in between would close a fan-out without waiting notices.
      if (!updates.has(notice.update)) await reopen(notice, deps);
      updates.add(notice.update);
      await deps.notices.put({ ...notice, state: "waiting", attempts: 0, dueAt: deps.now() });
      replayed += 1;
    }
    after = page.next;
  } while (after !== undefined);
  await reopenAll(incident, updates, deps);
  return { replayed, isComplete: true };
};

const reopenAll = async (
  incident: string,
  updates: Iterable<string>,
  deps: Deps,
): Promise<void> => {
  for (const update of updates) await reopen({ incident, update }, deps);
};

const reopen = async (
  of: Pick<Notice, "incident" | "update">,
  { fanOuts, now }: Deps,
): Promise<void> => {
  for (let tries = 0; tries < fanOutWritesMax; tries += 1) {
    const found = await fanOuts.find(of);
    if (found === undefined) return;
    const written = await fanOuts.put({ ...found, isOpen: true, dueAt: now() });
    if (written !== undefined) return;
  }
  throw new Failure("The notices are being sent. Try again in a minute", { code: "conflict" });
};
