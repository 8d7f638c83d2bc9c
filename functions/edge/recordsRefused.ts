import type { Refused } from "#shared/ledger/keepRecords.ts";
import { logger } from "./logger.ts";
import { count } from "./metrics.ts";

/** Counts and logs what the queue of records did not take: delivery goes on, the ledger lacks it for a while or for good. */
export const recordsRefused = ({ refused, lost, error }: Refused): void => {
  count({ RecordsRefused: refused, RecordsLost: lost });
  logger.warn("records refused", { refused, lost, error });
};
