import { openQueues, sqsRecords } from "#shared/aws/event/queues.ts";
import { littlePatience } from "#shared/aws/platform/clients.ts";
import { type RecordSender, sendRecords } from "#shared/ledger/sendRecords.ts";
import { logger } from "../logger.ts";
import { count } from "../metrics.ts";

/**
 * The way to the queue of records at a URL. What it did not take is counted and logged: delivery goes on, the ledger lacks it for
 * a while or for good.
 */
export const recordSender = (queueUrl: string): RecordSender =>
  sendRecords({
    records: sqsRecords(openQueues(littlePatience), queueUrl),
    onRefused({ refused, lost, error }) {
      count({ RecordsRefused: refused, RecordsLost: lost });
      logger.warn("records refused", { refused, lost, error });
    },
  });
