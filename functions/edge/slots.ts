import { setTimeout as wait } from "node:timers/promises";
import type { Accounts } from "#shared/account/accounts.ts";
import { openCallShare } from "#shared/account/caller/callShare.ts";
import { dynamoCallLoads } from "#shared/aws/account/callLoads.ts";
import { dynamoConcurrencySlots } from "#shared/aws/account/concurrencySlots.ts";
import { openTables, shortRetry } from "#shared/aws/platform/clients.ts";
import type { SlotLimits } from "#shared/platform/slotLimits.ts";
import { logger } from "./logger.ts";

/** The dependencies of an operation that occupies a concurrency slot of its user. */
export const openSlots = (
  { SLOTS_TABLE, SLOT_LIMITS }: { readonly SLOTS_TABLE: string; readonly SLOT_LIMITS: SlotLimits },
  accounts: Pick<Accounts, "findProduct">,
) => ({
  slots: dynamoConcurrencySlots(openTables(shortRetry), SLOTS_TABLE),
  limits: SLOT_LIMITS,
  accounts,
  now: Date.now,
  wait: (ms: number, signal: AbortSignal) => wait(ms, undefined, { signal }),
  onError: (what: string, error: unknown) => logger.warn(`${what} failed`, { error }),
});

/** Divides the executions of this function's calls between the users. */
export const openShares = ({
  SLOTS_TABLE,
  SLOT_LIMITS,
}: {
  readonly SLOTS_TABLE: string;
  readonly SLOT_LIMITS: SlotLimits;
}) =>
  openCallShare({
    loads: dynamoCallLoads(openTables(shortRetry), SLOTS_TABLE),
    executionsPerUser: SLOT_LIMITS.calls.executionsPerUser,
    now: Date.now,
    random: Math.random,
    onError: (what, error) => logger.warn(`${what} failed`, { error }),
  });
