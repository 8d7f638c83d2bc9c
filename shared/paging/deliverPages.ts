import { mapConcurrently } from "../platform/mapConcurrently.ts";
import {
  attemptsAtOnce,
  attemptsKept,
  claimMs,
  deliveryMsMax,
  repeatMs,
  retryMsMax,
  retryMsMin,
} from "./limits.ts";
import { dueEvent, isSettled, type Page, type PageDelivery, type PageEvent } from "./page.ts";
import type { PageStore } from "./pageStore.ts";
import type { Receiver } from "./receiver.ts";
import type { Notice } from "./receivers/notice.ts";
import type { Outcome } from "./sendPage.ts";

export interface DeliverDeps {
  readonly pages: PageStore;
  readonly receivers: readonly Receiver[];
  /** Never fails. */
  readonly send: (notice: Notice, receiver: Receiver) => Promise<Outcome>;
  /** The URL of an article, or its path. */
  readonly runbookOf: (anchor: string) => string;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Makes the attempts that are due, until `deadline`, and returns the pages as they are then. A page
 * is claimed before its attempts and stored after them: a crash between the two repeats an attempt,
 * with the same deduplication key. A page that another worker has claimed is left to it.
 */
export const deliverPages = async (
  open: readonly Page[],
  deadline: number,
  deps: DeliverDeps,
): Promise<Page[]> => {
  const isDue = (page: Page): boolean =>
    isSettled(page, deps.now()) || dueDeliveries(page, deps.now()).length > 0;
  return mapConcurrently(untriedFirst(open), attemptsAtOnce, async (page) => {
    if (!isDue(page) || deps.now() >= deadline) return page;
    return deliverPage(page, deps);
  });
};

/**
 * A receiver that does not respond uses the time of a run: an event without an attempt comes before
 * the repetitions of others.
 */
const untriedFirst = (open: readonly Page[]): Page[] => {
  const rankOf = (page: Page): number => (page.deliveries.some(isUntried(page)) ? 0 : 1);
  return open.toSorted((one, other) => rankOf(one) - rankOf(other));
};

const isUntried =
  (page: Page) =>
  (one: PageDelivery): boolean =>
    one.dead === undefined && one.failures === 0 && dueEvent(page, one) !== undefined;

const deliverPage = async (page: Page, deps: DeliverDeps): Promise<Page> => {
  const now = deps.now();
  if ((page.claimedUntil ?? 0) > now) return page;
  const due = dueDeliveries(page, now);
  if (due.length === 0) return finish(page, deps);
  const claimed = { ...page, version: page.version + 1, claimedUntil: now + claimMs };
  if (!(await deps.pages.put(claimed))) return page;
  const told = await Promise.all(
    page.deliveries.map((one) => (due.includes(one) ? tell(claimed, one, deps) : one)),
  );
  const { claimedUntil: _, ...rest } = claimed;
  return store({ ...rest, version: claimed.version + 1, deliveries: told }, deps);
};

/** Stores the results of attempts, also if an operator has changed the page meanwhile. */
const store = async (page: Page, deps: DeliverDeps): Promise<Page> => {
  if (await deps.pages.put(page)) return finish(page, deps);
  const stored = await deps.pages.find(page.watcher, page.id);
  if (stored === undefined) return page;
  const { claimedUntil: _, ...rest } = stored;
  const merged = { ...rest, version: stored.version + 1, deliveries: page.deliveries };
  return (await deps.pages.put(merged)) ? finish(merged, deps) : stored;
};

const finish = async (page: Page, { pages, now }: DeliverDeps): Promise<Page> => {
  if (isSettled(page, now())) await pages.close(page);
  return page;
};

const dueDeliveries = (page: Page, now: number): PageDelivery[] =>
  page.deliveries.filter(
    (one) => one.dead === undefined && one.nextAt <= now && dueEvent(page, one) !== undefined,
  );

/** Tells a receiver what is due: also the end of a page that it did not know. */
const tell = async (page: Page, given: PageDelivery, deps: DeliverDeps): Promise<PageDelivery> => {
  const receiver = deps.receivers.find(({ name }) => name === given.receiver);
  if (receiver === undefined) return { ...given, dead: "the receiver is not configured any more" };
  let delivery = given;
  for (
    let event = dueEvent(page, delivery);
    event !== undefined;
    event = dueEvent(page, delivery)
  ) {
    delivery = await attempt(page, delivery, { event, receiver, deps });
    // Once more within this run: most failures are short.
    const isSoon = delivery.nextAt - deps.now() <= retryMsMin;
    if (delivery.failures === 1 && delivery.dead === undefined && isSoon) {
      await deps.wait(repeatMs);
      delivery = await attempt(page, delivery, { event, receiver, deps });
    }
    if (delivery.failures > 0 || delivery.dead !== undefined) break;
  }
  return delivery;
};

interface Attempt {
  readonly event: PageEvent;
  readonly receiver: Receiver;
  readonly deps: DeliverDeps;
}

const attempt = async (
  page: Page,
  delivery: PageDelivery,
  { event, receiver, deps }: Attempt,
): Promise<PageDelivery> => {
  const at = deps.now();
  const runbook = page.runbook && deps.runbookOf(page.runbook);
  const outcome = await deps.send({ page, event, runbook, now: at }, receiver);
  const { result } = outcome;
  const attempts = [...delivery.attempts, { at, event, result }].slice(-attemptsKept);
  if (outcome.kind === "accepted") {
    return { ...delivery, told: event, failures: 0, nextAt: at, attempts };
  }
  const failures = delivery.failures + 1;
  const isLate = at - delivery.dueSince >= deliveryMsMax;
  if (outcome.kind === "refused" || isLate)
    return { ...delivery, failures, dead: result, attempts };
  const waitMs = Math.max(outcome.waitMs ?? 0, backoffMs(failures, deps.random()));
  return { ...delivery, failures, nextAt: at + waitMs, attempts };
};

/** Exponential, up to a maximum, with up to a fifth less by chance. */
const backoffMs = (failures: number, random: number): number => {
  const ms = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(failures - 1, 16));
  return Math.round(ms * (1 - random / 5));
};
