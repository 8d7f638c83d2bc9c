import type { Heartbeat } from "../paging/heartbeats.ts";
import { silenceLimitMs } from "../paging/limits.ts";
import type { Page } from "../paging/page.ts";
import { watchedRegion } from "../paging/ring.ts";
import { type SelfTest, unacknowledged } from "../paging/selfTest.ts";
import { failedDeliveriesListedMax } from "./limits.ts";
import type { FailedDelivery, HeartbeatNow, Operations, SelfTestNow } from "./operations.ts";

/** The open pages, and the deliveries that have failed so far or were given up. */
export const pagesNow = (pages: readonly Page[]): NonNullable<Operations["pages"]> => ({
  open: pages.filter(({ resolvedAt }) => resolvedAt === undefined),
  failed: pages.flatMap(failedOf).slice(0, failedDeliveriesListedMax),
});

const failedOf = (page: Page): FailedDelivery[] =>
  page.deliveries
    .filter(({ dead, failures }) => dead !== undefined || failures > 0)
    .map(({ receiver, dead, attempts }) => ({
      page,
      receiver,
      dead,
      result: attempts.at(-1)?.result,
    }));

/** The latest self-test of a region. The one that is stored before the first test is none. */
export const selfTestNow = (
  region: string,
  latest: SelfTest | undefined,
  now: number,
): SelfTestNow => {
  if (latest === undefined || latest.ways.length === 0) return { region, at: undefined, ways: [] };
  const overdue = unacknowledged(latest, now);
  return {
    region,
    at: latest.at,
    ways: latest.ways.map((way) => ({
      way,
      acknowledgedAt: latest.acknowledged[way],
      isOverdue: overdue.includes(way),
    })),
  };
};

/** The last heartbeat of each region, as the watcher that expects it received it. */
export const heartbeatsNow = (
  heartbeats: readonly Heartbeat[],
  regions: readonly string[],
  now: number,
): HeartbeatNow[] =>
  regions.map((by) => {
    const from = watchedRegion(by, regions);
    const at = heartbeats.find((one) => one.by === by && one.from === from)?.at;
    return { from, by, at, isSilent: at !== undefined && now - at > silenceLimitMs(false) };
  });
