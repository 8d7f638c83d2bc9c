import { describe, expect, it } from "vitest";
import type { Page } from "#shared/paging/page.ts";
import type { PageStore } from "#shared/paging/pageStore.ts";
import { pagesAfter } from "#shared/paging/reading.ts";

const watcher = "us-east-1";

const pageAt = (now: number, key = "alarm"): Page => {
  const signal = {
    key,
    region: watcher,
    summary: "s",
    severity: "error" as const,
    components: [],
    since: now,
  };
  const reading = { source: "s", at: now, signals: [signal] };
  const [page] = pagesAfter([], reading, { receivers: ["r"], watcher, now });
  if (page === undefined) throw new Error("there is no page");
  return page;
};

/** What every `PageStore` does. */
export const pageStoreContract = (open: () => Promise<PageStore>): void => {
  describe("PageStore", () => {
    it("keeps one open page of a problem, and each version only after the one before it", async () => {
      const pages = await open();
      const page = pageAt(1);
      expect(await pages.put(page)).toBe(true);
      expect(await pages.put(pageAt(2))).toBe(false);
      const next = { ...page, version: 2, reason: "later" };
      expect(await pages.put(next)).toBe(true);
      expect(await pages.put(next)).toBe(false);
      expect(await pages.open(watcher)).toEqual([next]);
      expect(await pages.open("eu-west-1")).toEqual([]);
      expect(await pages.find(watcher, page.id)).toEqual(next);
      expect(await pages.find(watcher, pageAt(2).id)).toBeUndefined();
    });

    it("moves a page that has ended, also twice; the problem may start again", async () => {
      const pages = await open();
      const page = pageAt(1);
      await pages.put(page);
      await pages.close(page);
      await pages.close(page);
      expect(await pages.open(watcher)).toEqual([]);
      expect(await pages.find(watcher, page.id)).toEqual(page);
      expect(await pages.put(pageAt(2))).toBe(true);
    });

    it("does not remove a page that has started again meanwhile", async () => {
      const pages = await open();
      const page = pageAt(1);
      await pages.put(page);
      const again = { ...page, version: 2 };
      await pages.put(again);
      await pages.close(page);
      expect(await pages.open(watcher)).toEqual([again]);
    });

    it("lists the pages that have ended in parts, the latest first", async () => {
      const pages = await open();
      const ended = [1, 2, 3].map((now) => pageAt(now, `alarm ${now}`));
      for (const page of ended) {
        await pages.put(page);
        await pages.close(page);
      }
      const first = await pages.closed(watcher, { limit: 2 });
      expect(first.pages.map(({ key }) => key)).toEqual(["alarm 3", "alarm 2"]);
      const before = first.next ?? "";
      const rest = await pages.closed(watcher, { limit: 2, before });
      expect(rest.pages.map(({ key }) => key)).toEqual(["alarm 1"]);
      expect(rest.next).toBeUndefined();
    });
  });
};
