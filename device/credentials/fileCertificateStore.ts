import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../platform/files.ts";
import type { CertificateStore } from "./certificateStore.ts";

/**
 * A store in one file that its owner alone may read. A change is written beside it, synced, and swapped in. One process uses a
 * file at a time.
 */
export const fileCertificateStore = (path: string): CertificateStore => ({
  async read() {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  },

  async write(text) {
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.new`;
    // What is left of an earlier write may be readable to others.
    await rm(beside, { force: true });
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  },
});
