import type { Page } from "#shared/paging/page.ts";
import type { PageStore } from "#shared/paging/pageStore.ts";

const problemOf = (id: string): string => id.slice(id.indexOf("-") + 1);

/** Pages in memory. While `isDown`, every operation fails. */
export const memoryPages = () => {
  const openPages = new Map<string, Page>();
  const ended = new Map<string, Page>();
  const state = { isDown: false };
  const check = () => {
    if (state.isDown) throw new Error("the table of operations does not respond");
  };
  const key = ({ watcher, id }: Pick<Page, "watcher" | "id">) => `${watcher} ${problemOf(id)}`;
  const store: PageStore = {
    async open(watcher) {
      check();
      return [...openPages.values()].filter((page) => page.watcher === watcher);
    },
    async put(page) {
      check();
      const before = openPages.get(key(page))?.version ?? 0;
      if (before !== page.version - 1) return false;
      openPages.set(key(page), page);
      return true;
    },
    async close(page) {
      check();
      ended.set(`${page.watcher} ${page.id}`, page);
      if (openPages.get(key(page))?.version === page.version) openPages.delete(key(page));
    },
    async find(watcher, id) {
      check();
      const found = openPages.get(key({ watcher, id }));
      return found?.id === id ? found : ended.get(`${watcher} ${id}`);
    },
    async closed(watcher, { limit, before }) {
      check();
      const found = [...ended.values()]
        .filter((page) => page.watcher === watcher && (before === undefined || page.id < before))
        .sort((one, other) => (one.id < other.id ? 1 : -1));
      const pages = found.slice(0, limit);
      return { pages, next: found.length > limit ? pages.at(-1)?.id : undefined };
    },
  };
  return Object.assign(state, store);
};
