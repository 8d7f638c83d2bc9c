import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "../../platform/log.ts";
import type { ReceivedMessage, SqsClient } from "../../queue/sqsClient.ts";
import {
  eagerBatchesMax,
  gatherMs,
  payloadBytesMax,
  receiveMessagesMax,
  receiveRetryMs,
  receiveWaitSecondsMax,
  widenFullMs,
  widenPartMs,
} from "../limits.ts";
import { handledIds } from "./batchResponse.ts";
import { type EventSource, sqsEvent } from "./sqsEvent.ts";

/** An event source mapping of a template, from a queue to a function. */
export interface EventSourceMappingConfig {
  readonly queueUrl: string;
  readonly source: EventSource;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** The function names the messages that it could not handle. */
  readonly reportsFailures: boolean;
  /** Batches at once. */
  readonly concurrencyMax: number;
}

export interface EventSourceMappingDeps {
  readonly queues: Pick<SqsClient, "receive" | "deleteBatch">;
  /** Runs the function; waits for a free environment. */
  readonly run: (payload: string) => Promise<string | undefined>;
  /** True when invocations already wait for an environment. */
  readonly isBehind: () => boolean;
  /** True when there are free environments enough for one more batch, and for somebody else's. */
  readonly makeRoom: () => boolean;
  readonly log: Log;
}

/**
 * Gives the messages of a queue to a function, batch by batch, and deletes what it handled. What it did not
 * handle stays hidden until the queue's visibility time-out, as on AWS.
 *
 * Lambda begins with five pollers and has more when messages wait. Here one poller is enough: it hands a
 * batch on without waiting for the end of it. What grows with the load is the number of places, that is
 * of batches at once: by one whenever all were busy for a while, back when the queue is empty. A fast
 * function is so fed full batches by few threads, and a slow one gets as many as it may have. Messages are
 * not taken from the queue only to wait for a thread to start. Beyond the first places a queue takes none that another
 * queue of the same function may need just then: a slow lane would else have them all.
 */
export class EventSourceMapping {
  readonly #config: EventSourceMappingConfig;
  readonly #needs: EventSourceMappingDeps;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #freed = Promise.withResolvers<void>();
  #places = 1;
  #lastWasFull = false;
  #polling: Promise<void> = Promise.resolve();

  constructor(config: EventSourceMappingConfig, deps: EventSourceMappingDeps) {
    this.#config = config;
    this.#needs = deps;
  }

  open(): void {
    this.#polling = this.#poll();
  }

  /** Takes no more messages. Resolves when the batches under way are through. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#freed.resolve();
    await this.#polling;
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (!(await this.#hasPlace())) continue;
      const messages = await this.#gather();
      this.#lastWasFull = messages.length >= this.#config.batchSize;
      if (messages.length === 0) this.#places = Math.max(1, this.#running.size);
      for (const batch of bySize(messages)) this.#begin(batch);
    }
  }

  /** True when one more batch may begin. Otherwise waits for a place, or makes one. */
  async #hasPlace(): Promise<boolean> {
    if (this.#running.size < this.#places) return true;
    if (this.#places >= this.#config.concurrencyMax) {
      await this.#freed.promise;
      return false;
    }
    const freed = this.#freed.promise;
    const waitMs = this.#lastWasFull ? widenFullMs : widenPartMs;
    const timer = setTimeout(() => {
      if (this.#mayWiden()) this.#places += 1;
      this.#wake();
    }, waitMs);
    await freed;
    clearTimeout(timer);
    return false;
  }

  #mayWiden(): boolean {
    if (this.#needs.isBehind()) return false;
    return this.#places < eagerBatchesMax || this.#needs.makeRoom();
  }

  /** Ends a wait for a place. The next wait needs a promise that is not settled yet. */
  #wake(): void {
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  /**
   * One batch: what is there at once, or with a window what comes until it closes. In a window it is not asked for each message
   * by itself. How often Lambda asks then is written nowhere; each time it does is billed.
   */
  async #gather(): Promise<ReceivedMessage[]> {
    const { batchSize, windowSeconds } = this.#config;
    const messages = await this.#receive(batchSize, receiveWaitSecondsMax);
    let lastCount = messages.length;
    const closes = performance.now() + windowSeconds * 1_000;
    while (windowSeconds > 0 && messages.length > 0 && messages.length < batchSize) {
      if (lastCount < receiveMessagesMax) await pause(gatherMs, this.#stopping.signal);
      // A receive waits for whole seconds, so a window closes up to half a second early or late.
      const waitSeconds = Math.round((closes - performance.now()) / 1_000);
      const more = await this.#receive(
        batchSize - messages.length,
        Math.min(waitSeconds, receiveWaitSecondsMax),
      );
      messages.push(...more);
      lastCount = more.length;
      if (more.length === 0 || this.#stopping.signal.aborted) break;
    }
    return messages;
  }

  async #receive(count: number, waitSeconds: number): Promise<ReceivedMessage[]> {
    if (waitSeconds < 0) return [];
    const { signal } = this.#stopping;
    const max = Math.min(count, receiveMessagesMax);
    try {
      return await this.#needs.queues.receive(this.#config.queueUrl, { max, waitSeconds, signal });
    } catch (error) {
      if (signal.aborted) return [];
      this.#needs.log("queue did not answer", { queue: this.#config.queueUrl, error }, "warn");
      await pause(receiveRetryMs, signal);
      return [];
    }
  }

  #begin(batch: readonly ReceivedMessage[]): void {
    const work = this.#handle(batch).finally(() => {
      this.#running.delete(work);
      this.#wake();
    });
    this.#running.add(work);
  }

  async #handle(batch: readonly ReceivedMessage[]): Promise<void> {
    const { queueUrl, functionName } = this.#config;
    const { run, queues, log } = this.#needs;
    try {
      const payload = JSON.stringify(sqsEvent(batch, this.#config.source));
      const handled = this.#handled(await run(payload), batch);
      if (handled.length > 0) await queues.deleteBatch(queueUrl, handled);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log("batch failed", { function: functionName, messages: batch.length, reason }, "error");
    }
  }

  /** The receipt handles of what may be deleted. */
  #handled(answer: string | undefined, batch: readonly ReceivedMessage[]): string[] {
    if (!this.#config.reportsFailures) return batch.map(({ receiptHandle }) => receiptHandle);
    const ids = batch.map(({ messageId }) => messageId);
    const handled = new Set(handledIds(answer ?? "null", ids));
    return batch
      .filter(({ messageId }) => handled.has(messageId))
      .map(({ receiptHandle }) => receiptHandle);
  }
}

/** What a record says beside what its message says, generously. */
const recordExtraBytes = 1_024;

/** Cuts a batch so that each part fits into one invocation. */
const bySize = (messages: readonly ReceivedMessage[]): ReceivedMessage[][] => {
  const parts: ReceivedMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const more = Buffer.byteLength(JSON.stringify(message)) + recordExtraBytes;
    if (bytes + more > payloadBytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(message);
    bytes += more;
  }
  return parts;
};

/** Waits for `ms`, or less when `signal` is aborted. */
const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await wait(ms, undefined, { signal }).catch(() => {});
};
