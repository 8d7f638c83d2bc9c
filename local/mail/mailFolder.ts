import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import { mailsKeptMax } from "./limits.ts";

/**
 * Writes an email atomically, named by its time, and deletes the oldest beyond the limit. Returns
 * its path.
 */
export const saveEmail = async (text: string, folder: string): Promise<string> => {
  const name = `${new Date().toISOString().replaceAll(":", "-")}-${randomUUID().slice(0, 8)}.eml`;
  const path = join(folder, name);
  await writeFileAtomically(path, text);
  const files = (await readdir(folder)).filter((each) => each.endsWith(".eml")).sort();
  for (const old of files.slice(0, Math.max(0, files.length - mailsKeptMax))) {
    await rm(join(folder, old), { force: true });
  }
  return path;
};
