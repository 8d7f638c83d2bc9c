import * as z from "zod";
import { StartError } from "./startError.ts";

/** File descriptors that one region needs to start, with some reserve for clients. */
const filesMin = 256;

const limits = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.unknown() }) }) });

/**
 * The limit of open files of this process; `undefined` when the system has none or does not report
 * it.
 */
const filesMax = (): number | undefined => {
  // Otherwise the report resolves the host names of all connections.
  Reflect.set(process.report, "excludeNetwork", true);
  const found = limits.safeParse(process.report.getReport()).data?.userLimits.open_files.soft;
  const number = Number(found);
  return Number.isFinite(number) ? number : undefined;
};

/** Fails with a `StartError` when the limit of open files is too low for a start. */
export const assertOpenFilesLimit = (max = filesMax()): void => {
  if (max === undefined || max >= filesMin) return;
  throw new StartError(
    `this shell limits a process to ${max} open files; Godwit needs at least ${filesMin}. Raise the limit with "ulimit -n 4096"`,
  );
};
