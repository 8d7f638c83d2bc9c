import { openQueues, sqsRecords } from "#shared/aws/event/queues.ts";
import { shortRetry } from "#shared/aws/platform/clients.ts";
import { type RecordSender, sendRecords } from "#shared/ledger/sendRecords.ts";
import { logger } from "../logger.ts";
import { count } from "../metrics.ts";

/**
 * Sends records to the queue with the given URL. Records that the queue does not take are counted
 * and logged. Deliveries continue; the ledger lacks these records until they are sent with a later
 * batch, or permanently.
 */
export const recordSender = (queueUrl: string): RecordSender =>
  sendRecords({
    records: sqsRecords(openQueues(shortRetry), queueUrl),
    onRefused({ refused, lost, error }) {
      count({ RecordsRefused: refused, RecordsLost: lost });
      logger.warn("records refused", { refused, lost, error });
    },
  });
