import { isIP } from "node:net";
import type { Means, Prepared } from "../integration/kind/kind.ts";
import { kindOf } from "../integration/kind/kinds.ts";
import type { Integration } from "../integration/model/integration.ts";
import type { KnownIntegrations } from "../integration/model/integrations.ts";
import { judgeFailure, judgeReply, type Verdict } from "../integration/request/classifyResponse.ts";
import type { ProductVersions } from "../integration/request/productVersions.ts";
import { askInTime, makeRequest } from "../integration/request/targetRequest.ts";
import { masksOf } from "../integration/secret/maskSecrets.ts";
import { Failure } from "../platform/failure.ts";
import type { Breaker } from "../resilience/breaker.ts";
import type { Trouble } from "../resilience/trouble.ts";
import type { Post } from "../target/target.ts";
import type { BatchRecord } from "./batchRecord.ts";
import { type DeadLetters, deadLetterOf } from "./deadLetter.ts";
import type { Deliveries, Delivery, WaitingDeliveries } from "./delivery.ts";
import { matchedLate } from "./delivery.ts";
import type { Echoes } from "./echoes.ts";
import type { TroubleKeeper } from "./keepTrouble.ts";
import {
  breakerHoldMsMax,
  breakerSpreadMs,
  echoEventsMax,
  echoWindowMs,
  heldSecondsMax,
  hopsMax,
  slowAttemptMs,
  unreadableHoldMs,
} from "./limits.ts";
import { nextAttempt, outlastsQueue, retryAfter } from "./schedule.ts";
import type { Responses } from "./tellResponses.ts";

/** What became of a delivery that was taken from the queue. */
export type Outcome = "delivered" | "waiting" | "retried" | "buried" | "discarded";

interface Deps {
  integrations: Pick<KnownIntegrations, "find" | "troubleOf">;
  post: Post;
  token: Means["token"];
  versions: ProductVersions;
  /** Tells the fleet what became of attempts. */
  responses: Pick<Responses, "tell">;
  breaker: Breaker;
  echoes: Echoes;
  trouble: TroubleKeeper;
  deliveries: Deliveries;
  /** Another queue, with workers of its own, for what takes long. */
  slowLane: Deliveries;
  waiting: Pick<WaitingDeliveries, "keep">;
  deadLetters: Pick<DeadLetters, "bury">;
  /** Hears what becomes of it, for the ledger and for who looks at attempts. */
  ledger: Pick<BatchRecord, "became" | "tried">;
  now: () => number;
  chance: () => number;
  /** Does something after a time, unless what this answers is called before. */
  later: (ms: number, what: () => void) => () => void;
  /** Something went wrong that costs more, or comes later, and loses nothing. */
  onError: (what: "wait" | "version", error: unknown) => void;
}

/**
 * Makes one attempt, if its time has come. When this answers, the delivery has arrived, waits in the
 * queue or in the table, or is a dead letter: only then may its message leave the queue. A delivery whose integration its
 * owner has deleted, or does not match after all, is discarded; that of a disabled one is a dead letter.
 */
export const deliver = async (given: Delivery, deps: Deps): Promise<Outcome> => {
  const { breaker, trouble, now } = deps;
  if (now() < given.notBefore) {
    await requeue(given, deps);
    return "waiting";
  }
  const { fleet } = given.event;
  const integration = await deps.integrations.find(fleet, given.integration);
  if (integration === "unreadable") {
    const reason = given.reason ?? "the integration cannot be read";
    return hold(given, { until: now() + unreadableHoldMs, reason }, deps);
  }
  const delivery = integration && given.unmatched ? matchedLate(given, integration, now()) : given;
  if (integration === undefined || delivery === undefined) {
    deps.ledger.became(given, "discarded");
    return "discarded";
  }
  if (integration.disabled) return bury(delivery, whyDisabled(integration), deps);
  if (isLoop(delivery)) return endUnsendable(delivery, { integration, reason: loopReason }, deps);
  if (isEcho(delivery, deps)) {
    return endUnsendable(delivery, { integration, reason: echoReason }, deps);
  }
  const read = await versionOf(delivery, integration, deps);
  if (read === undefined) {
    const reason = given.reason ?? "the device's firmware version cannot be read";
    return hold(delivery, { until: now() + unreadableHoldMs, reason }, deps);
  }
  const prepared = prepare(delivery, { integration, version: read.version });
  if (prepared instanceof Failure) {
    return endUnsendable(delivery, { integration, reason: prepared.message }, deps);
  }
  const known = await deps.integrations.troubleOf(fleet, integration.id);
  breaker.hear(integration.id, known?.openUntil, now());
  if (isSlow(known, now()) && delivery.lane !== "slow") {
    // What is held back would only take room in the slow lane.
    const openUntil = known?.openUntil ?? 0;
    if (openUntil > now())
      return hold(delivery, { until: openUntil, reason: targetFails(delivery) }, deps);
    await sendTo(deps.slowLane, { ...delivery, lane: "slow" }, deps);
    deps.ledger.became(delivery, "waiting", now());
    return "waiting";
  }
  const heldUntil = breaker.heldUntil(integration.id, now());
  if (heldUntil !== undefined) {
    return hold(delivery, { until: heldUntil, reason: targetFails(delivery) }, deps);
  }
  const ended = await timed(
    () => attempt(delivery, { integration, prepared }, deps),
    deps,
    () => trouble.slow(integration, known),
  );
  // Another worker may do better, and none of its attempts is used up.
  if (ended === "not made")
    return hold(delivery, { until: now(), reason: noSockets(delivery) }, deps);
  if (ended.verdict === "unsendable") {
    return endUnsendable(delivery, { integration, reason: ended.reason }, deps);
  }
  if (ended.verdict !== "delivered") return putOff(delivery, { ...ended, integration }, deps);
  deps.ledger.became(delivery, "delivered");
  await trouble.succeeded(integration, known);
  return "delivered";
};

/** An event that came through so many integrations goes round in circles, unless a person replays it. */
const isLoop = ({ event, replayed }: Delivery): boolean =>
  (event.hops ?? 0) >= hopsMax && replayed === undefined;

const loopReason = `loop: the event came through ${hopsMax} integrations, one after another, whose targets published it again`;

/** Looked at before the first attempt only, and not when a person replays it. */
const isEcho = (
  { event, replayed, attempts, heldSince, lane }: Delivery,
  { echoes, now }: Pick<Deps, "echoes" | "now">,
): boolean => {
  const isNew = attempts === 0 && heldSince === undefined && lane === undefined;
  return isNew && replayed === undefined && echoes.isEcho(event, now());
};

const echoReason = `loop: the API published more than ${echoEventsMax} events with this name and the same data within ${echoWindowMs / 1_000} s; does a target publish what it receives, without the header Godwit-Hops?`;

/** Does the work, and says so while it takes long. */
const timed = async <Done>(
  work: () => Promise<Done>,
  { later }: Pick<Deps, "later">,
  say: () => Promise<void>,
): Promise<Done> => {
  let said: Promise<void> | undefined;
  const cancel = later(slowAttemptMs, () => {
    said = say();
  });
  try {
    return await work();
  } finally {
    cancel();
    await said;
  }
};

const isSlow = (known: Trouble | undefined, now: number): boolean => (known?.slowUntil ?? 0) > now;

const whyDisabled = ({ disabledReason }: Integration): string =>
  `the integration is disabled${disabledReason === undefined ? "" : `: ${disabledReason}`}`;

/** The firmware version of the event's device, where the integration uses it; `undefined` when it cannot be read. */
const versionOf = async (
  { event }: Delivery,
  integration: Integration,
  { versions, onError }: Deps,
): Promise<{ version: string | undefined } | undefined> => {
  try {
    return { version: await versions.of(event, integration) };
  } catch (error) {
    onError("version", error);
    return undefined;
  }
};

/** The delivery with its request, or why no request can be made of its event. */
const prepare = (
  { id, event }: Delivery,
  { integration, version }: { integration: Integration; version: string | undefined },
): Prepared | Failure => {
  const sending = { id, event, version };
  try {
    return { ...sending, request: makeRequest(integration, sending) };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
};

/**
 * Ends a delivery of whose event no request can be made. The fault lies in the event or the templates: no later attempt can
 * do better, and nothing is said of the target. The dead letter can be replayed when the templates have changed.
 */
const endUnsendable = async (
  delivery: Delivery,
  { integration, reason }: { integration: Integration; reason: string },
  deps: Deps,
): Promise<Outcome> => {
  const { event } = delivery;
  deps.responses.tell({ event, integration, failure: reason });
  const ended = { begun: deps.now(), tookMs: 0, ok: false, reason };
  deps.ledger.tried(delivery, integration, ended);
  return bury({ ...delivery, heldSince: undefined, reason, status: undefined }, reason, deps);
};

interface Ended {
  readonly verdict: Verdict;
  readonly reason: string;
  /** What the target answered. */
  readonly status?: number;
  /** Until when the target asked to be left alone. */
  readonly askedFor?: number | undefined;
  /** Until when it is left alone, when that is news. */
  readonly openUntil?: number | undefined;
}

const attempt = async (
  delivery: Delivery,
  { integration, prepared }: { integration: Integration; prepared: Prepared },
  { post, token, breaker, responses, ledger, now }: Deps,
): Promise<Ended | "not made"> => {
  const { event } = delivery;
  const { request, version } = prepared;
  const masked = (text: string) => masksOf(integration, { sent: request }).text(text);
  const begun = now();
  const took = () => ({ begun, tookMs: now() - begun });
  const report = (verdict: Verdict, askedFor?: number) => {
    const failed = verdict === "failed" || verdict === "slowed";
    const slowed = verdict === "slowed";
    const ended = { failed, slowed, tookMs: now() - begun, askedFor };
    return breaker.report(integration.id, ended, now());
  };
  try {
    const means = { ask: askInTime(post, now), token, now };
    const reply = await kindOf(integration).send(integration, prepared, means);
    const { verdict, reason: answered } = judgeReply(integration, reply);
    const reason = verdict === "redirected" ? masked(answered) : answered;
    const askedFor = retryAfter(reply.retryAfter, now());
    const openUntil = report(verdict, askedFor);
    const ok = verdict === "delivered";
    responses.tell({ event, integration, version, reply, ok });
    ledger.tried(delivery, integration, { ...took(), ok, request, reply, reason });
    return { verdict, reason, status: reply.status, askedFor, openUntil };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reason = masked(error.message);
    if (error.code === "worker_exhausted" || isUnsendable(error, prepared)) {
      breaker.release(integration.id);
      return error.code === "worker_exhausted" ? "not made" : { verdict: "unsendable", reason };
    }
    const verdict = judgeFailure(error);
    const openUntil = report(verdict);
    responses.tell({ event, integration, version, failure: reason });
    ledger.tried(delivery, integration, { ...took(), ok: false, request, reason });
    return { verdict, reason, openUntil };
  }
};

/** Nothing was sent, and nothing ever can be: the request is not valid, or its address, written out, is refused. */
const isUnsendable = ({ code }: Failure, { request }: Prepared): boolean =>
  code === "invalid_request" ||
  (code === "target_refused" && isIP(new URL(request.url).hostname.replace(/^\[|\]$/g, "")) !== 0);

/** Plans the next attempt of a delivery whose attempt failed, or buries it, and writes down that it failed. */
const putOff = async (
  delivery: Delivery,
  {
    verdict,
    reason,
    status,
    askedFor,
    openUntil,
    integration,
  }: Ended & { integration: Integration },
  deps: Deps,
): Promise<Outcome> => {
  const attempts = delivery.attempts + 1;
  const tried = { ...delivery, attempts, heldSince: undefined, reason, status };
  if (verdict === "redirected") return bury(tried, reason, deps);
  if (verdict === "gone") {
    await deps.trouble.gone(integration, reason);
    return bury(tried, reason, deps);
  }
  // What was known before the attempt may be twenty seconds old.
  const known = await deps.integrations.troubleOf(integration.fleet, integration.id);
  const written = deps.trouble.failed(integration, { known, attempts, reason, openUntil });
  const notBefore = nextAttempt(tried, { now: deps.now(), chance: deps.chance(), askedFor });
  const next = notBefore === undefined ? undefined : { ...tried, notBefore };
  const kept = next === undefined ? bury(tried, reason, deps) : requeue(next, deps);
  await Promise.all([kept, written]);
  return next === undefined ? "buried" : "retried";
};

const targetFails = ({ reason = "the target fails" }: Delivery): string => reason;

/** The worker's own fault, whatever came of attempts before. */
const noSockets = ({ reason }: Delivery): string =>
  reason === undefined
    ? "no attempt was made: the worker has no sockets or files left"
    : `no further attempt was made: the worker has no sockets or files left; the last one: ${reason}`;

/**
 * Puts a delivery back without an attempt; gives it up, for `reason`, when it would come too late. One that is held back again
 * and again comes less and less often: its waits cost something, too.
 */
const hold = async (
  delivery: Delivery,
  { until, reason }: { until: number; reason: string },
  deps: Deps,
): Promise<Outcome> => {
  const now = deps.now();
  const heldSince = delivery.heldSince ?? now;
  const longer = now + Math.min((now - heldSince) / 2, breakerHoldMsMax);
  const notBefore = Math.round(Math.max(until, longer) + deps.chance() * breakerSpreadMs);
  const last = Math.min(delivery.deadline ?? notBefore, heldSince + heldSecondsMax * 1_000);
  if (notBefore > last) return bury(delivery, reason, deps);
  await requeue({ ...delivery, notBefore, heldSince }, deps);
  return "waiting";
};

const bury = async (delivery: Delivery, reason: string, deps: Deps): Promise<Outcome> => {
  await deps.deadLetters.bury(deadLetterOf(delivery, reason, deps.now()));
  deps.ledger.became(delivery, "dead");
  return "buried";
};

/** A wait that the queue cannot do is the table's; while that is down it is several waits in the queue. */
const requeue = async (given: Delivery, deps: Deps): Promise<void> => {
  const delivery = { ...given, lane: undefined };
  if (outlastsQueue(delivery.notBefore, deps.now())) {
    try {
      await deps.waiting.keep(delivery);
      return deps.ledger.became(delivery, "waiting", delivery.notBefore);
    } catch (error) {
      deps.onError("wait", error);
    }
  }
  await sendTo(deps.deliveries, delivery, deps);
  deps.ledger.became(delivery, "waiting", delivery.notBefore);
};

const sendTo = async (queue: Deliveries, delivery: Delivery, { now }: Deps): Promise<void> => {
  const refused = await queue.send([delivery], now());
  const cause = refused.get(delivery.id);
  if (cause) throw new Failure("the queue did not take it", { code: "unavailable", cause });
};
