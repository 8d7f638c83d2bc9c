import { randomUUID } from "node:crypto";
import { openTables, shortRetry } from "#shared/aws/platform/clients.ts";
import { dynamoRunLeases } from "#shared/aws/platform/runLeases.ts";
import { runAlone } from "#shared/platform/runAlone.ts";
import { logger } from "./logger.ts";

interface SingleRun {
  readonly name: string;
  readonly timeoutSeconds: number;
  /** What happens while the table of leases does not respond. */
  readonly withoutLease: "run" | "fail";
}

/** A handler of a scheduled function whose runs do not overlap: it holds a lease during a run. */
export const singleRun = (
  { name, timeoutSeconds, withoutLease }: SingleRun,
  { SLOTS_TABLE }: { readonly SLOTS_TABLE: string },
  work: () => Promise<void>,
): (() => Promise<void>) => {
  const deps = {
    leases: dynamoRunLeases(openTables(shortRetry), SLOTS_TABLE),
    now: Date.now,
    newId: randomUUID,
    onError: (error: unknown) => logger.warn("lease of a run failed", { error }),
  };
  const run = { name, lifeMs: timeoutSeconds * 1_000, withoutLease };
  return async () => {
    const hasRun = await runAlone(run, deps, work);
    if (!hasRun) logger.debug("another run is in progress");
  };
};
