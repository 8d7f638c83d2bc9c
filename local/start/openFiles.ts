import * as z from "zod";
import { StartError } from "./startError.ts";

/** What a start opens for one region, with some room for clients. */
const filesMin = 256;

const limits = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.unknown() }) }) });

/** How many files this process may open; `undefined` where the system does not say, or sets no bound. */
const filesMax = (): number | undefined => {
  // Else it looks up the names of all that it is connected to.
  Reflect.set(process.report, "excludeNetwork", true);
  const found = limits.safeParse(process.report.getReport()).data?.userLimits.open_files.soft;
  const number = Number(found);
  return Number.isFinite(number) ? number : undefined;
};

/** Fails with a `StartError` when so few files may be open that the start would end somewhere in the middle. */
export const assertOpenFilesLimit = (max = filesMax()): void => {
  if (max === undefined || max >= filesMin) return;
  throw new StartError(
    `this shell lets a process open ${max} files at once, and Godwit needs ${filesMin} at least: raise it with "ulimit -n 4096"`,
  );
};
