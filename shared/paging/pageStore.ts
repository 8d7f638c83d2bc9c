import type { Page } from "./page.ts";

/** A part of the pages that have ended, the latest first. */
export interface ClosedPages {
  readonly pages: readonly Page[];
  /** The value of `before` for the next part. */
  readonly next?: string | undefined;
}

/** The pages of all watchers. Only its own watcher and its operators change a page. */
export interface PageStore {
  /** The pages of a watcher that have not ended, or whose deliveries have not. */
  open(watcher: string): Promise<Page[]>;
  /**
   * Stores an open page and returns `true`, or returns `false` if the stored version is not the one
   * before it: another worker was faster.
   */
  put(page: Page): Promise<boolean>;
  /** Moves a page to those that have ended. Can be repeated. */
  close(page: Page): Promise<void>;
  find(watcher: string, id: string): Promise<Page | undefined>;
  /** Pages that have ended, the latest first. `before` is the id of a page. */
  closed(watcher: string, options: { limit: number; before?: string }): Promise<ClosedPages>;
}
