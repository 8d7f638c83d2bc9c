import { Failure } from "../platform/failure.ts";
import { pagesListedMax } from "./limits.ts";
import type { Page } from "./page.ts";
import type { PageStore } from "./pageStore.ts";
import { type Acknowledgement, isSigned, type PageWay, type SelfTests } from "./selfTest.ts";

interface PagesDeps {
  readonly pages: PageStore;
  readonly regions: readonly string[];
  readonly now: () => number;
}

/** The pages of all watchers: the open ones, then those that have ended, the latest first. */
export const listPages = async (
  { limit = pagesListedMax }: { readonly limit?: number | undefined },
  { pages, regions }: PagesDeps,
): Promise<Page[]> => {
  const found = await Promise.all(
    regions.map(async (watcher) => {
      const [open, closed] = await Promise.all([
        pages.open(watcher),
        pages.closed(watcher, { limit }),
      ]);
      return [...open, ...closed.pages];
    }),
  );
  // A crash while a page ends leaves it in both lists.
  const unique = new Map(found.flat().map((page) => [`${page.watcher} ${page.id}`, page]));
  const isOpen = ({ resolvedAt }: Page): number => (resolvedAt === undefined ? 0 : 1);
  return [...unique.values()]
    .sort((one, other) => isOpen(one) - isOpen(other) || other.createdAt - one.createdAt)
    .slice(0, limit);
};

const findPage = async (id: string, { pages, regions }: PagesDeps): Promise<Page> => {
  for (const watcher of regions) {
    const page = await pages.find(watcher, id);
    if (page !== undefined) return page;
  }
  throw new Failure(`there is no page ${id}`, { code: "not_found" });
};

/**
 * Makes the dead letters of a page due again. The next run of its watcher sends them. Fails with
 * `not_found` if there is no such page or it has none, and with `conflict` if another worker
 * changes the page.
 */
export const replayPage = async (id: string, deps: PagesDeps): Promise<Page> => {
  const page = await findPage(id, deps);
  if (page.deliveries.every(({ dead }) => dead === undefined)) {
    throw new Failure(`the page ${id} has no dead letter`, { code: "not_found" });
  }
  const at = deps.now();
  const deliveries = page.deliveries.map(({ dead, ...one }) =>
    dead === undefined ? one : { ...one, failures: 0, dueSince: at, nextAt: at },
  );
  const open = await deps.pages.open(page.watcher);
  const stored = open.find((one) => one.id === id);
  const next = { ...page, deliveries, version: (stored?.version ?? 0) + 1 };
  if (!(await deps.pages.put(next))) {
    throw new Failure("the page is being changed; try again", { code: "conflict" });
  }
  return next;
};

/**
 * Acknowledges one way of a self-test by a signed link. Fails with `unauthorized` for another
 * signature, and with `not_found` if the test is not the latest one of its region.
 */
export const acknowledgeSelfTest = async (
  { signature, ...given }: Acknowledgement & { readonly signature: string },
  { selfTests, now }: { readonly selfTests: SelfTests; readonly now: () => number },
): Promise<void> => {
  if (!isSigned(given, signature, await selfTests.key())) {
    throw new Failure("The signature of the link is not valid.", { code: "unauthorized" });
  }
  const { region, test, way } = given;
  if (await selfTests.acknowledge(region, test, way, now())) return;
  throw new Failure("A newer self-test has replaced this one.", { code: "not_found" });
};

/**
 * Acknowledges a way of the latest self-test of a region without its link, and returns the id of
 * the test. Fails with `not_found` if the test awaits no acknowledgement by this way.
 */
export const acknowledgeLatest = async (
  region: string,
  way: PageWay,
  { selfTests, now }: { readonly selfTests: SelfTests; readonly now: () => number },
): Promise<string> => {
  const latest = await selfTests.latest(region);
  if (latest === undefined || latest.ways.length === 0) {
    throw new Failure(`There was no self-test in ${region}.`, { code: "not_found" });
  }
  if (!latest.ways.includes(way)) {
    throw new Failure(
      `The self-test of ${region} awaits an acknowledgement by ${latest.ways.join(", ")}, not by ${way}.`,
      { code: "not_found" },
    );
  }
  if (await selfTests.acknowledge(region, latest.id, way, now())) return latest.id;
  throw new Failure("A newer self-test has replaced this one.", { code: "not_found" });
};
