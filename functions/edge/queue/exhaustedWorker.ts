import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { attemptsNotMadeMax } from "#shared/platform/limits.ts";
import { logger } from "../logger.ts";
import { extendVisibility } from "./batch.ts";

/** Ends a worker that has no sockets or files left. */
export interface ExhaustedWorker {
  /** An attempt was not made for lack of sockets or files. */
  countNotMade(): void;
  /** The handler of a queue function that ends the worker before it takes a further batch. */
  guard(handler: QueueHandler): QueueHandler;
}

type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

interface Deps {
  /** Ends the process. */
  readonly exit: () => never;
  /** Makes the messages of a batch visible again soon. Must not reject. */
  readonly leave?: (records: SQSEvent["Records"]) => Promise<void>;
}

/**
 * Lambda keeps a worker that answers, and one that makes no attempts answers fastest, so that it
 * gets most batches. After `attemptsNotMadeMax` of them it ends its process: Lambda starts a new
 * one, with its own descriptors. The batch that it received is visible to the other workers after
 * some seconds, or after the visibility timeout if SQS cannot be reached.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export const exhaustedWorker = ({ exit, leave = extendVisibility }: Deps): ExhaustedWorker => {
  let notMade = 0;
  return {
    countNotMade() {
      notMade += 1;
    },
    guard: (handler) => async (event) => {
      if (notMade < attemptsNotMadeMax) return await handler(event);
      logger.error("the worker ends: it has no sockets or files left", { notMade });
      await leave(event.Records);
      return exit();
    },
  };
};
