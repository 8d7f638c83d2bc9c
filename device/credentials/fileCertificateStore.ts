import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { atomicWrite, readIfExists } from "../platform/files.ts";
import type { CertificateStore } from "./certificateStore.ts";

/**
 * A certificate store in one file that only its owner can read. Writes replace the file atomically.
 * Only one process may use a file at a time.
 */
export const fileCertificateStore = (path: string): CertificateStore => ({
  read: () => readIfExists(path),
  async write(text) {
    await mkdir(dirname(path), { recursive: true });
    await atomicWrite(path, text);
  },
});
