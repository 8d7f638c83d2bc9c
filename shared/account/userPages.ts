import type { User } from "./user.ts";

/** Users page by page, in no order that means anything. */
export interface UserPages {
  /** `next` begins the next page; absent after the last one. A page may have no users and not be the last. */
  page(page: {
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<{ readonly users: readonly User[]; readonly next?: string }>;
}
