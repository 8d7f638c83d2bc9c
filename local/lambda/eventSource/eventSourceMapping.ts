import { setTimeout as wait } from "node:timers/promises";
import { Canceller } from "../../platform/cancellation.ts";
import type { Log } from "../../platform/log.ts";
import { afterStep } from "../../platform/sharedTimer.ts";
import type { ReceivedMessage, SqsClient } from "../../sqs/sqsClient.ts";
import {
  accumulateMs,
  batchesIdleFractionMax,
  eagerBatchesMax,
  fullBatchesToScale,
  gatherMs,
  gatherRateMin,
  rateMs,
  receiveMessagesMax,
  receiveRetryMs,
  receiveWaitSecondsMax,
  scaleDownMs,
  scaleUpMs,
  scaleUpSlowMs,
  slowBatchMs,
  waitingBatchIdleMs,
  waitingBatchMs,
} from "../limits.ts";
import { type Batch, splitIntoBatches } from "./batch.ts";
import { handledIds } from "./batchResponse.ts";
import type { EventSource } from "./sqsEvent.ts";

/** An event source mapping from a queue to a function. */
export interface EventSourceMappingConfig {
  readonly queueUrl: string;
  readonly source: EventSource;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Whether the function reports the messages that failed. */
  readonly reportsFailures: boolean;
  /** Maximum number of concurrent batches. */
  readonly concurrencyMax: number;
  /** The fraction of the function's capacity that the mapping may take, from 0 to 1. */
  readonly share: number;
  /** How long a window waits for further messages when none arrive; 0: for its own time. */
  readonly quietWaitSeconds: number;
}

export interface EventSourceMappingDeps {
  readonly queues: Pick<SqsClient, "receive" | "deleteBatch" | "waitingMessages">;
  /** Invokes the function; waits for a free environment. */
  readonly run: (payload: string) => Promise<string | undefined>;
  /** Whether invocations wait for an environment. */
  readonly isBehind: () => boolean;
  /**
   * Whether enough environments are free for one more batch and for the batches of other mappings.
   */
  readonly ensureFree: () => boolean;
  /** Whether a further environment takes little time and memory. */
  readonly startsQuickly: () => boolean;
  /** The fraction of time that the threads of the function computed recently, from 0 to 1. */
  readonly computingFraction: () => number;
  readonly log: Log;
}

/**
 * Invokes a function with the messages of a queue, batch by batch, and deletes the handled
 * messages. Other messages stay invisible until the queue's visibility timeout, as on AWS.
 *
 * Lambda starts with five pollers and adds more when messages wait. Here one poller suffices: it
 * starts a batch without waiting for its end. The number of concurrent batches grows by one when
 * all were busy for a while or when batches are full, and shrinks when the queue is empty or
 * batches are partial. A fast function thus receives large batches on few threads, and a slow one
 * gets as many threads as allowed. A message is not received while it would have to wait for a
 * thread to start. Beyond `eagerBatchesMax`, a mapping leaves environments free for the other
 * queues of the function; otherwise a slow queue would occupy all of them. While messages arrive
 * fast, batches that are not full are received at most every `gatherMs`.
 */
export class EventSourceMapping {
  readonly #config: EventSourceMappingConfig;
  readonly #deps: EventSourceMappingDeps;
  readonly #stopping = new Canceller();
  /** The batches in progress, with their start by `performance.now()`. */
  readonly #running = new Map<Promise<void>, number>();
  #freed = Promise.withResolvers<void>();
  #concurrency = 1;
  /** Full batches in succession. */
  #fullBatches = 0;
  /** When the concurrency was last needed or changed. */
  #neededAt = 0;
  #polling: Promise<void> = Promise.resolve();
  /** The messages received since a time, and their rate before that. */
  #measured = { since: 0, messages: 0, isFast: false };
  /** No batch is received before this time. */
  #gathersUntil = 0;
  /** While the threads of the function have little time, no batch starts before this time. */
  #restsUntil = 0;

  constructor(config: EventSourceMappingConfig, deps: EventSourceMappingDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  open(): void {
    this.#polling = this.#poll();
  }

  /** Stops receiving messages. Resolves when the batches in progress have ended. */
  async stop(): Promise<void> {
    this.#stopping.cancel(new Error("the mapping has stopped"));
    this.#freed.resolve();
    await this.#polling;
    await Promise.all(this.#running.keys());
  }

  /** Messages that wait for further batches, unless most batches in progress only wait. */
  get backlog(): number {
    return this.#mostlyWaits(slowBatchMs)
      ? 0
      : this.#deps.queues.waitingMessages(this.#config.queueUrl);
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.isCancelled) {
      if (!(await this.#canStartBatch())) continue;
      const gathersMs = this.#gathersUntil - performance.now();
      if (gathersMs > 0) await new Promise((resolve) => void setTimeout(resolve, gathersMs));
      const messages = await this.#receiveBatch();
      this.#measureRate(messages.length);
      this.#adjustConcurrency(messages.length);
      for (const batch of splitIntoBatches(messages, this.#config.source)) this.#startBatch(batch);
    }
  }

  /**
   * Whether another batch may start. Otherwise waits for a batch to end, or raises the concurrency.
   */
  async #canStartBatch(): Promise<boolean> {
    if (this.#running.size < this.#concurrency) return this.#mayCompute();
    if (this.#concurrency >= this.#config.concurrencyMax) {
      await this.#freed.promise;
      return false;
    }
    const freed = this.#freed.promise;
    const grow = (): void => {
      this.#neededAt = performance.now();
      if (this.#canScaleUp()) this.#concurrency += 1;
      this.#notifyFree();
    };
    const isEager = this.#concurrency < eagerBatchesMax;
    const isQuick = isEager || this.#deps.startsQuickly();
    // The start of an environment takes processor time of the other mappings.
    const waitMs = (isQuick ? scaleUpMs : scaleUpSlowMs) / (isEager ? 1 : this.#config.share);
    // Quick functions seldom need more than the eager batches: the exact time does not matter.
    const cancel = isEager ? afterStep(waitMs, grow) : afterTimeout(waitMs, grow);
    await freed;
    cancel();
    return false;
  }

  /**
   * Whether fewer than the eager batches are so young that they may compute, and the mapping does
   * not rest. Otherwise waits until one has ended or is older.
   *
   * The concurrency grew while batches waited for slow targets. When these fail, or their circuits
   * open, the batches become quick at once: as many would take the processor time of all other
   * functions, and each would only take longer.
   */
  async #mayCompute(): Promise<boolean> {
    const waitingMs = waitingMsAt(this.#deps.computingFraction());
    const now = performance.now();
    const young = [...this.#running.values()].filter((startedAt) => now - startedAt < waitingMs);
    const isCrowded = young.length >= eagerBatchesMax;
    const until = isCrowded ? Math.min(...young) + waitingMs : this.#restsUntil;
    if (until <= now) return true;
    const freed = this.#freed.promise;
    const cancel = afterTimeout(until - now, () => this.#notifyFree());
    await freed;
    cancel();
    return false;
  }

  /**
   * After a batch that computed. On AWS, a mapping with a smaller maximum concurrency than another
   * one of its function takes a smaller part of the function's capacity. Here that is processor
   * time, so while there is little of it, the mapping rests for as long as it leaves to the other.
   */
  #rest(tookMs: number): void {
    const { share } = this.#config;
    const fraction = this.#deps.computingFraction();
    if (fraction < batchesIdleFractionMax || tookMs >= waitingMsAt(fraction)) return;
    this.#restsUntil = performance.now() + tookMs * (1 / share - 1);
  }

  /**
   * Measures how fast messages arrive, and decides whether the next batch waits for several. After
   * a full batch it does not: messages wait already.
   */
  #measureRate(messages: number): void {
    const now = performance.now();
    const measured = this.#measured;
    measured.messages += messages;
    const elapsedMs = now - measured.since;
    if (elapsedMs >= rateMs) {
      const isFast = (measured.messages * 1_000) / elapsedMs >= gatherRateMin;
      this.#measured = { since: now, messages: 0, isFast };
    }
    const gathers = this.#measured.isFast && messages < receiveMessagesMax;
    this.#gathersUntil = gathers ? now + gatherMs : 0;
  }

  /**
   * Full batches in succession raise the concurrency to the eager batches. An empty queue lowers it
   * at once, and partial batches lower it step by step.
   */
  #adjustConcurrency(messages: number): void {
    if (messages === 0) {
      this.#concurrency = Math.max(1, this.#running.size);
      return;
    }
    const now = performance.now();
    const isFull = messages >= Math.min(this.#config.batchSize, receiveMessagesMax);
    this.#fullBatches = isFull ? this.#fullBatches + 1 : 0;
    if (this.#fullBatches >= fullBatchesToScale) {
      this.#fullBatches = 0;
      this.#neededAt = now;
      const max = Math.min(eagerBatchesMax, this.#config.concurrencyMax);
      if (this.#concurrency < max && this.#canScaleUp()) this.#concurrency += 1;
    } else if (now - this.#neededAt >= scaleDownMs) {
      this.#neededAt = now;
      // One more than the batches in progress: they may be slow.
      const least = this.#running.size + 1;
      this.#concurrency = Math.min(this.#concurrency, Math.max(least, this.#concurrency - 1));
    }
  }

  #canScaleUp(): boolean {
    if (this.#deps.isBehind()) return false;
    if (this.#concurrency < eagerBatchesMax) return true;
    // Quick batches that take longer because their thread or the machine is busy would only take
    // longer beside further ones.
    return (
      this.#mostlyWaits(waitingMsAt(this.#deps.computingFraction())) && this.#deps.ensureFree()
    );
  }

  /** Whether most batches in progress are that old, so that they wait for something. */
  #mostlyWaits(waitingMs: number): boolean {
    const now = performance.now();
    let waiting = 0;
    for (const startedAt of this.#running.values()) {
      if (now - startedAt >= waitingMs) waiting += 1;
    }
    return waiting * 2 > this.#running.size;
  }

  /** Ends the wait for a batch. The next wait needs a new promise. */
  #notifyFree(): void {
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  /**
   * Receives one batch: the available messages, or with a window those that arrive until it closes.
   * In a window, receives are delayed so that they return several messages. How often Lambda polls
   * then is not documented; each receive is billed. With `quietWaitSeconds`, the window closes when
   * it is over and a message arrives, or at the end of that time: a receive in progress delays it.
   */
  async #receiveBatch(): Promise<ReceivedMessage[]> {
    const { batchSize, windowSeconds, quietWaitSeconds } = this.#config;
    const messages = await this.#receive(batchSize, receiveWaitSecondsMax);
    let lastCount = messages.length;
    const opened = performance.now();
    const closes = opened + windowSeconds * 1_000;
    const lastReceiveEnds = Math.max(closes, opened + quietWaitSeconds * 1_000);
    while (windowSeconds > 0 && messages.length > 0 && messages.length < batchSize) {
      if (lastCount < receiveMessagesMax) await pause(accumulateMs, this.#stopping.signal);
      // A receive waits for full seconds, so a window closes up to half a second early or late.
      const waitSeconds = Math.round((lastReceiveEnds - performance.now()) / 1_000);
      const more = await this.#receive(
        batchSize - messages.length,
        Math.min(waitSeconds, receiveWaitSecondsMax),
      );
      messages.push(...more);
      lastCount = more.length;
      const isOver = performance.now() >= closes && quietWaitSeconds > 0;
      if (more.length === 0 || isOver || this.#stopping.isCancelled) break;
    }
    return messages;
  }

  async #receive(count: number, waitSeconds: number): Promise<ReceivedMessage[]> {
    if (waitSeconds < 0) return [];
    const cancellation = this.#stopping;
    const max = Math.min(count, receiveMessagesMax);
    try {
      const options = { max, waitSeconds, cancellation };
      return await this.#deps.queues.receive(this.#config.queueUrl, options);
    } catch (error) {
      if (cancellation.isCancelled) return [];
      this.#deps.log("receive failed", { queue: this.#config.queueUrl, error }, "warn");
      await pause(receiveRetryMs, cancellation.signal);
      return [];
    }
  }

  #startBatch(batch: Batch): void {
    const startedAt = performance.now();
    const work = this.#handle(batch).finally(() => {
      this.#running.delete(work);
      this.#rest(performance.now() - startedAt);
      this.#notifyFree();
    });
    this.#running.set(work, startedAt);
  }

  async #handle({ messages, payload }: Batch): Promise<void> {
    const { queueUrl, functionName } = this.#config;
    const { run, queues, log } = this.#deps;
    try {
      const handled = this.#handled(await run(payload), messages);
      if (handled.length > 0) await queues.deleteBatch(queueUrl, handled);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const fields = { function: functionName, messages: messages.length, reason };
      log("batch failed", fields, "error");
    }
  }

  /** The receipt handles of the messages to delete. */
  #handled(answer: string | undefined, batch: readonly ReceivedMessage[]): string[] {
    if (!this.#config.reportsFailures) return batch.map(({ receiptHandle }) => receiptHandle);
    const ids = batch.map(({ messageId }) => messageId);
    const handled = new Set(handledIds(answer ?? "null", ids));
    return batch
      .filter(({ messageId }) => handled.has(messageId))
      .map(({ receiptHandle }) => receiptHandle);
  }
}

/** The age after which a batch is considered to wait. */
const waitingMsAt = (computingFraction: number): number =>
  computingFraction < batchesIdleFractionMax ? waitingBatchIdleMs : waitingBatchMs;

const afterTimeout = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Waits for `ms`, or until `signal` is aborted. */
const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await wait(ms, undefined, { signal }).catch(() => {});
};
