import { utimesSync } from "node:fs";

const everyMs = 86_400_000;
const kept = new Set<string>();

/**
 * Keeps a folder that this process uses: a start deletes those of the cache that were unused for a
 * week (`synthesize.ts`). Its modification time says when it was last used.
 */
export const keepFolder = (folder: string): void => {
  touch(folder);
  if (kept.has(folder)) return;
  kept.add(folder);
  setInterval(touch, everyMs, folder).unref();
};

const touch = (folder: string): void => {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // It belongs to another user, is read-only, or was deleted: that must not end the process.
  }
};
