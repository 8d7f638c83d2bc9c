import { isIP } from "node:net";
import type { PreparedRequest, SendDeps } from "../integration/kind/kind.ts";
import { kindOf } from "../integration/kind/kinds.ts";
import type { Integration } from "../integration/model/integration.ts";
import {
  classifyFailure,
  classifyResponse,
  type Verdict,
} from "../integration/request/classifyResponse.ts";
import { renderRequest, sendWithinDeadline } from "../integration/request/targetRequest.ts";
import { secretMasks } from "../integration/secret/maskSecrets.ts";
import { Failure } from "../platform/failure.ts";
import type { CircuitBreaker } from "../resilience/circuitBreaker.ts";
import { parseRetryAfter } from "../target/retryAfter.ts";
import type { Post } from "../target/target.ts";
import type { BatchRecord } from "./batchRecord.ts";
import type { Delivery } from "./delivery.ts";
import { retryAfterSecondsMax, slowAttemptMs, slowAttemptSteps } from "./limits.ts";
import type { ResponsePublisher } from "./publishResponses.ts";

/** Dependencies of an attempt. */
export interface AttemptDeps {
  post: Post;
  token: SendDeps["token"];
  circuitBreaker: Pick<CircuitBreaker, "record" | "release">;
  responses: Pick<ResponsePublisher, "publish">;
  ledger: Pick<BatchRecord, "recordAttempt">;
  now: () => number;
}

/** The result of an attempt. Times are in milliseconds since 1970. */
export interface AttemptResult {
  readonly verdict: Verdict;
  readonly reason: string;
  /** HTTP status of the target's reply. Absent if there is no reply. */
  readonly status?: number;
  /** The time that the target requested by `Retry-After`. */
  readonly retryAt?: number | undefined;
  /** Set if this attempt opened the circuit: the time until which it stays open. */
  readonly openUntil?: number | undefined;
}

/**
 * Renders the request for a delivery. Returns the `Failure` if no request can be made of the event:
 * the fault is in the event or in the templates, so no later attempt can succeed either.
 */
export const prepareRequest = (
  { id, event }: Delivery,
  { integration, version }: { integration: Integration; version: string | undefined },
): PreparedRequest | Failure => {
  const input = { id, event, version };
  try {
    return { ...input, request: renderRequest(integration, input) };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
};

/**
 * Sends the request of a delivery once and classifies the reply. Records the attempt in the ledger
 * and in the circuit breaker, and publishes response events. Returns `"not made"` if the worker has
 * no sockets or file descriptors left: the target has not seen the request, and the attempt does
 * not count.
 */
export const attempt = async (
  delivery: Delivery,
  { integration, prepared }: { integration: Integration; prepared: PreparedRequest },
  { post, token, circuitBreaker, responses, ledger, now }: AttemptDeps,
): Promise<AttemptResult | "not made"> => {
  const { event } = delivery;
  const { request, version } = prepared;
  const masked = (text: string) => secretMasks(integration, { sent: request }).text(text);
  const begun = now();
  const took = () => ({ begun, tookMs: now() - begun });
  const recordResult = (verdict: Verdict, retryAt?: number) => {
    const overloaded = verdict === "overloaded";
    const result = { failed: verdict === "failed" || overloaded, overloaded, ...took(), retryAt };
    return circuitBreaker.record(integration.id, result, now());
  };
  try {
    const sendDeps = { sendRequest: sendWithinDeadline(post, now), token, now };
    const reply = await kindOf(integration).send(integration, prepared, sendDeps);
    const { verdict, reason: unmasked } = classifyResponse(integration, reply);
    // Only the reason for a redirect quotes the reply.
    const reason = verdict === "redirected" ? masked(unmasked) : unmasked;
    const retryAt = parseRetryAfter(reply.retryAfter, {
      now: now(),
      msMax: retryAfterSecondsMax * 1_000,
    });
    const openUntil = recordResult(verdict, retryAt);
    const ok = verdict === "delivered";
    responses.publish({ event, integration, version, reply, ok });
    ledger.recordAttempt(delivery, integration, { ...took(), ok, request, reply, reason });
    return { verdict, reason, status: reply.status, retryAt, openUntil };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reason = masked(error.message);
    if (error.code === "worker_exhausted" || isUnsendable(error, prepared)) {
      circuitBreaker.release(integration.id);
      return error.code === "worker_exhausted" ? "not made" : { verdict: "unsendable", reason };
    }
    const verdict = classifyFailure(error);
    const openUntil = recordResult(verdict);
    responses.publish({ event, integration, version, failure: reason });
    ledger.recordAttempt(delivery, integration, { ...took(), ok: false, request, reason });
    return { verdict, reason, openUntil };
  }
};

/**
 * Whether no attempt can ever succeed: the request is not valid, or its literal IP address is
 * refused.
 */
const isUnsendable = ({ code }: Failure, { request }: PreparedRequest): boolean =>
  code === "invalid_request" ||
  (code === "target_refused" && isIP(new URL(request.url).hostname.replace(/^\[|\]$/g, "")) !== 0);

/**
 * Runs `work`, and calls `onSlow` once if it takes longer than `slowAttemptMs`. Time in which this
 * worker's event loop is blocked does not count, because a reply may wait unread meanwhile.
 */
export const reportIfSlow = async <Result>(
  work: () => Promise<Result>,
  later: (ms: number, run: () => void) => () => void,
  onSlow: () => Promise<void>,
): Promise<Result> => {
  let reported: Promise<void> | undefined;
  let cancel = (): void => {};
  const startStep = (step: number): void => {
    cancel = later(slowAttemptMs / slowAttemptSteps, () => {
      if (step < slowAttemptSteps) startStep(step + 1);
      else reported = onSlow();
    });
  };
  startStep(1);
  try {
    return await work();
  } finally {
    cancel();
    await reported;
  }
};
