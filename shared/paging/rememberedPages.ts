import { Failure } from "../platform/failure.ts";
import { tablePauseMs } from "./limits.ts";
import type { Page } from "./page.ts";
import type { PageStore } from "./pageStore.ts";

/**
 * Pages that are also kept in the memory of this worker, so that pages are sent while the table
 * does not respond. What the table has missed is written when it responds again, unless another
 * worker has changed the page since this one last read it: the next reading changes it again.
 * Without the table, another worker does not know of an attempt: it repeats it, with the same
 * deduplication key. After a failure, the table is not used for a while: a run does not wait
 * several times for one that does not respond.
 */
export const rememberedPages = (
  store: PageStore,
  {
    onError,
    now,
  }: {
    readonly onError: (what: string, error: unknown) => void;
    readonly now: () => number;
  },
): PageStore => {
  const attempt = pausing(now);
  /** The open pages by their problem. */
  const known = new Map<string, Page>();
  /**
   * The problems whose page the table does not have in its latest version, with the version that
   * the table had: 0 without a page.
   */
  const unwritten = new Map<string, number>();
  const remember = (page: Page): void => void known.set(page.dedupKey, page);
  const missed = (what: string, page: Page, error: unknown): void => {
    onError(what, error);
    const { dedupKey } = page;
    unwritten.set(dedupKey, unwritten.get(dedupKey) ?? known.get(dedupKey)?.version ?? 0);
    remember(page);
  };
  const readOpen = async (watcher: string): Promise<Page[]> => {
    const stored = await attempt(() => store.open(watcher));
    const versions = new Map(stored.map((page) => [page.dedupKey, page.version]));
    for (const [key, version] of [...unwritten]) {
      // Another worker knows more: for example that the page has ended, and was sent again.
      if ((versions.get(key) ?? 0) !== version) unwritten.delete(key);
    }
    const pages = stored.filter(({ dedupKey }) => !unwritten.has(dedupKey));
    for (const [key, version] of unwritten) {
      const page = known.get(key);
      // The next version is the one after that of the table.
      if (page !== undefined) pages.push({ ...page, version });
    }
    known.clear();
    for (const page of pages) remember(page);
    return pages;
  };
  return {
    async open(watcher) {
      try {
        return await readOpen(watcher);
      } catch (error) {
        onError("the open pages were not read", error);
        return [...known.values()];
      }
    },

    async put(page) {
      try {
        if (!(await attempt(() => store.put(page)))) return false;
        unwritten.delete(page.dedupKey);
        remember(page);
        return true;
      } catch (error) {
        missed("a page was not stored", page, error);
        return true;
      }
    },

    async close(page) {
      try {
        await attempt(() => store.close(page));
        unwritten.delete(page.dedupKey);
        known.delete(page.dedupKey);
      } catch (error) {
        missed("a page that has ended was not stored", page, error);
      }
    },

    async find(watcher, id) {
      try {
        return await attempt(() => store.find(watcher, id));
      } catch (error) {
        onError("a page was not read", error);
        return [...known.values()].find((page) => page.id === id);
      }
    },

    closed: (watcher, options) => store.closed(watcher, options),
  };
};

/** Makes requests of a table, and none for a while after a failure. */
const pausing = (now: () => number) => {
  let pausedUntil = 0;
  return async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
    if (now() < pausedUntil) {
      throw new Failure("the table did not respond to an earlier request", { code: "unavailable" });
    }
    try {
      return await request();
    } catch (error) {
      pausedUntil = now() + tablePauseMs;
      throw error;
    }
  };
};
