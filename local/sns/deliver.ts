import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../platform/log.ts";
import { DeliveryError } from "./deliveryError.ts";
import { type Delivered, type EndpointDeps, endpoints, sendToDeadLetters } from "./endpoints.ts";
import { retryMs } from "./retryPolicy.ts";

export interface DeliverDeps {
  readonly endpointDeps: EndpointDeps;
  /** Whether the subscription still exists. */
  readonly isWanted: () => boolean;
  readonly signal: AbortSignal;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly log: Log;
}

/**
 * Delivers a message to a subscriber, with the retries of its protocol, and counts the result.
 * Resolves with `false` when SNS stops before the end, so that the delivery continues later.
 */
export const deliver = async (given: Delivered, deps: DeliverDeps): Promise<boolean> => {
  const { signal, isWanted } = deps;
  const { wait = (ms, stop) => sleep(ms, undefined, { signal: stop, ref: false }) } = deps;
  const { topic, subscription } = given;
  const { send, policy } = endpoints[subscription.protocol];
  const isHttp = subscription.protocol.startsWith("http");
  for (let retry = 0; isWanted(); retry += 1) {
    if (signal.aborted) return false;
    try {
      await send(given, deps.endpointDeps);
      topic.counts.delivered += 1;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      // SNS counts every failed attempt of an HTTP endpoint.
      if (isHttp) topic.counts.failed += 1;
      const isRetryable = error instanceof DeliveryError && error.isRetryable;
      const waitMs = isRetryable ? retryMs(policy, retry) : undefined;
      if (waitMs === undefined) {
        if (!isHttp) topic.counts.failed += 1;
        await end(given, deps, error);
        return true;
      }
      try {
        await wait(waitMs, signal);
      } catch {
        return false;
      }
    }
  }
  return true;
};

const end = async (
  given: Delivered,
  { endpointDeps, log }: DeliverDeps,
  error: unknown,
): Promise<void> => {
  const { topic, subscription } = given;
  const { protocol, endpoint, deadLetterArn } = subscription;
  const reason = error instanceof Error ? error.message : String(error);
  log("notification failed", { topic: topic.arn, protocol, endpoint, reason }, "error");
  if (deadLetterArn === undefined) return;
  try {
    await sendToDeadLetters(deadLetterArn, given, endpointDeps);
    topic.counts.sentToDeadLetters += 1;
  } catch (cause) {
    topic.counts.notSentToDeadLetters += 1;
    log("notification not dead-lettered", { topic: topic.arn, reason: String(cause) }, "error");
  }
};
