import { mapConcurrently } from "../platform/mapConcurrently.ts";
import {
  attemptsAtOnce,
  attemptsKept,
  claimMs,
  conflictsMax,
  conflictWaitMs,
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
 * with the same deduplication key. A page that another worker has claimed is left to it: it also
 * makes the attempts that other runs make due meanwhile.
 */
export const deliverPages = async (
  open: readonly Page[],
  deadline: number,
  deps: DeliverDeps,
): Promise<Page[]> => {
  const isDue = (page: Page): boolean =>
    isSettled(page, deps.now()) || dueDeliveries(page, deps.now()).length > 0;
  return mapConcurrently(untriedFirst(open), attemptsAtOnce, async (page) =>
    isDue(page) ? deliverPage(page, deadline, deps) : page,
  );
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

const deliverPage = async (given: Page, deadline: number, deps: DeliverDeps): Promise<Page> => {
  let page = given;
  for (let tries = 0; tries < conflictsMax; tries += 1) {
    const now = deps.now();
    if (now >= deadline || (page.claimedUntil ?? 0) > now) return page;
    const due = dueDeliveries(page, now);
    if (due.length === 0) return finish(page, deps);
    const claimed = { ...page, version: page.version + 1, claimedUntil: now + claimMs };
    if (await deps.pages.put(claimed)) {
      const results = await Promise.all(due.map((one) => tell(claimed, one, deps)));
      page = await release(claimed, results, deps);
    } else {
      const stored = await reread(page, tries, deps);
      if (stored === undefined) return page;
      page = stored;
    }
  }
  return page;
};

/**
 * Stores the results of attempts and ends the claim, however often another run or an operator
 * changes the page meanwhile: a claim that stays would hold back the next event for `claimMs`.
 */
const release = async (
  claimed: Page,
  results: readonly PageDelivery[],
  deps: DeliverDeps,
): Promise<Page> => {
  let stored: Page | undefined = claimed;
  for (let tries = 0; stored !== undefined && tries < conflictsMax; tries += 1) {
    const released = withResults(stored, results, deps.now());
    if (await deps.pages.put(released)) return released;
    stored = await reread(claimed, tries, deps);
  }
  deps.onError("the attempts of a page were not stored", `${claimed.id} is being changed`);
  return stored ?? claimed;
};

/** The page without its claim, with the results. What is due by a change meanwhile is due now. */
const withResults = (stored: Page, results: readonly PageDelivery[], now: number): Page => {
  const { claimedUntil: _, ...page } = stored;
  const deliveries = page.deliveries.map((one) => {
    const result = results.find(({ receiver }) => receiver === one.receiver);
    if (result === undefined) return one;
    const isTried = result.failures > 0 || result.dead !== undefined;
    const isNew = !isTried && dueEvent(page, result) !== undefined;
    return isNew ? { ...result, dueSince: now, nextAt: now } : result;
  });
  return { ...page, version: page.version + 1, deliveries };
};

/** The page as another run has stored it. */
const reread = async (
  { watcher, id }: Page,
  tries: number,
  { pages, wait, random }: DeliverDeps,
): Promise<Page | undefined> => {
  await wait(conflictWaitMs(tries, random()));
  return pages.find(watcher, id);
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
