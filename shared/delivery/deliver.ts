import type { Integration } from "../integration/model/integration.ts";
import type { IntegrationCache } from "../integration/model/integrationCache.ts";
import type { FirmwareVersionCache } from "../integration/request/firmwareVersionCache.ts";
import { slowedPerSecond } from "../limit/limits.ts";
import { isInForce, parkedReason, type Restriction, slowedReason } from "../limit/restriction.ts";
import { Failure } from "../platform/failure.ts";
import type { AttemptLeases } from "../resilience/attemptLeases.ts";
import type { CircuitBreaker } from "../resilience/circuitBreaker.ts";
import type { TargetHealth } from "../resilience/targetHealth.ts";
import { type AttemptDeps, attempt, prepareRequest, reportIfSlow } from "./attempt.ts";
import { type Delivery, matchDeferred } from "./delivery.ts";
import { unreadableHoldMs } from "./limits.ts";
import { type LoopDetector, loopReason } from "./loopDetector.ts";
import {
  type DeliveryOutcome,
  deadLetter,
  deadLetterUnsendable,
  hold,
  moveToSlowLane,
  type OutcomeDeps,
  requeue,
  retry,
} from "./outcome.ts";

interface Deps extends AttemptDeps, Omit<OutcomeDeps, "onError"> {
  integrations: Pick<IntegrationCache, "find" | "targetHealthOf" | "limitsOf">;
  versions: FirmwareVersionCache;
  circuitBreaker: CircuitBreaker;
  /** The attempts of deliveries that a limit of usage slows down, over all workers. */
  slowedAttempts: Pick<AttemptLeases, "take">;
  loopDetector: LoopDetector;
  ledger: AttemptDeps["ledger"] & OutcomeDeps["ledger"];
  /** Runs a function after a time. Returns a function that cancels it. */
  later: (ms: number, run: () => void) => () => void;
  /**
   * Called on a non-fatal error: the delivery costs more or comes later, and is not lost. `attempt`
   * means that this worker has no sockets or files left.
   */
  onError: (what: "wait" | "version" | "attempt", error: unknown) => void;
}

/**
 * Processes a delivery from the queue: makes one attempt if it is due.
 *
 * | Check, in this order | Outcome |
 * |---|---|
 * | not due yet | requeued |
 * | integration unreadable | held |
 * | integration deleted, or does not match the event | discarded |
 * | integration disabled | dead letter |
 * | parked by a limit of usage | dead letter |
 * | loop | dead letter |
 * | firmware version unreadable | held |
 * | no request can be made of the event | dead letter |
 * | target slow, and not in the slow lane | slow lane; held if its circuit is open |
 * | circuit open | held until it closes |
 * | slowed by a limit of usage | slow lane; held if its attempts of this second are used up |
 * | attempt succeeded | delivered |
 * | attempt failed | retried, or dead letter (`retry`) |
 *
 * When it returns, the delivery is delivered, discarded, in a queue or table, or a dead letter.
 * Only then may its message leave the queue.
 */
export const deliver = async (given: Delivery, deps: Deps): Promise<DeliveryOutcome> => {
  const { fleet } = given.event;
  if (deps.now() < given.notBefore) return requeue(given, deps);
  const integration = await deps.integrations.find(fleet, given.integration);
  if (integration === "unreadable") {
    return holdUnreadable(given, "the integration cannot be read", deps);
  }
  const delivery =
    integration && given.unmatched ? matchDeferred(given, integration, deps.now()) : given;
  if (integration === undefined || delivery === undefined) {
    deps.ledger.recordOutcome(given, "discarded");
    return "discarded";
  }
  if (integration.disabled) return deadLetter(delivery, disabledReason(integration), deps);
  if (delivery.restriction?.action === "park") {
    return deadLetter(delivery, parkedReason(delivery.restriction.limit), deps);
  }
  const loop = loopReason(delivery, deps.loopDetector, deps.now());
  if (loop !== undefined)
    return deadLetterUnsendable(delivery, { integration, reason: loop }, deps);
  const read = await readVersion(delivery, integration, deps);
  if (read === undefined) {
    return holdUnreadable(delivery, "the device's firmware version cannot be read", deps);
  }
  const prepared = prepareRequest(delivery, { integration, version: read.version });
  if (prepared instanceof Failure) {
    return deadLetterUnsendable(delivery, { integration, reason: prepared.message }, deps);
  }
  const known = await deps.integrations.targetHealthOf(fleet, integration.id);
  const deferred = await deferForTarget(delivery, known, deps);
  if (deferred !== undefined) return deferred;
  const result = await reportIfSlow(
    () => attempt(delivery, { integration, prepared }, deps),
    deps.later,
    () => deps.targetHealth.slow(integration, known),
  );
  // Another worker may have sockets left. The attempt does not count.
  if (result === "not made") {
    const reason = noSocketsReason(delivery);
    deps.onError("attempt", new Error(reason));
    return hold(delivery, { until: deps.now(), reason }, deps);
  }
  if (result.verdict === "unsendable") {
    return deadLetterUnsendable(delivery, { integration, reason: result.reason }, deps);
  }
  if (result.verdict !== "delivered") return retry(delivery, result, { integration, deps });
  deps.ledger.recordOutcome(delivery, "delivered");
  await deps.targetHealth.succeeded(integration, known);
  return "delivered";
};

/**
 * Defers a delivery to a slow or failing target: to the slow lane, or until the circuit permits an
 * attempt. Returns `undefined` if the attempt may be made; the circuit breaker has counted it then.
 */
const deferForTarget = async (
  delivery: Delivery,
  known: TargetHealth | undefined,
  deps: Deps,
): Promise<DeliveryOutcome | undefined> => {
  const { circuitBreaker, now } = deps;
  const { integration: id, reason = "the target fails" } = delivery;
  const openUntil = known?.openUntil ?? 0;
  circuitBreaker.observeRemote(id, known, now());
  if ((known?.slowUntil ?? 0) > now() && delivery.lane !== "slow") {
    // A delivery that is held anyway must not take capacity of the slow lane.
    if (openUntil > now()) return hold(delivery, { until: openUntil, reason }, deps);
    return moveToSlowLane(delivery, deps);
  }
  const { restriction } = delivery;
  const slowed =
    restriction?.action === "slow" ? await deferSlowed(delivery, restriction, deps) : undefined;
  if (slowed !== undefined) return slowed;
  const heldUntil = await circuitBreaker.tryAcquire(id, now());
  return heldUntil === undefined ? undefined : hold(delivery, { until: heldUntil, reason }, deps);
};

/**
 * Moves a delivery that a limit of usage slows down to the slow lane, or holds it if the limit has
 * no attempt left in this second. Returns `undefined` if the attempt may be made: also if the limit
 * is not in force any more.
 */
const deferSlowed = async (
  delivery: Delivery,
  { limit }: Restriction,
  deps: Deps,
): Promise<DeliveryOutcome | undefined> => {
  const { integration, event } = delivery;
  const now = deps.now();
  if (!isInForce(await deps.integrations.limitsOf(event.fleet), limit, now)) {
    return undefined;
  }
  if (delivery.lane !== "slow") return moveToSlowLane(delivery, deps);
  const second = Math.floor(now / 1_000);
  const key = `${limit}/${integration}`;
  if (await deps.slowedAttempts.take(key, { second, allowed: slowedPerSecond })) return undefined;
  return hold(delivery, { until: now + 1_000, reason: slowedReason(limit) }, deps);
};

const holdUnreadable = (
  delivery: Delivery,
  reason: string,
  deps: Deps,
): Promise<DeliveryOutcome> => {
  const until = deps.now() + unreadableHoldMs;
  return hold(delivery, { until, reason: delivery.reason ?? reason }, deps);
};

const disabledReason = ({ disabledReason: reason }: Integration): string =>
  `the integration is disabled${reason === undefined ? "" : `: ${reason}`}`;

/**
 * Reads the device's firmware version if the integration uses it. Returns `undefined` if it cannot
 * be read.
 */
const readVersion = (
  { event }: Delivery,
  integration: Integration,
  { versions, onError }: Deps,
): ReadVersion | Promise<ReadVersion | undefined> => {
  const read = versions.of(event, integration);
  if (!(read instanceof Promise)) return { version: read };
  return read.then(
    (version) => ({ version }),
    (error: unknown) => {
      onError("version", error);
      return undefined;
    },
  );
};

interface ReadVersion {
  readonly version: string | undefined;
}

/** The worker is at fault, whatever the reason of earlier attempts. */
const noSocketsReason = ({ reason }: Delivery): string =>
  reason === undefined
    ? "no attempt was made: the worker has no sockets or files left"
    : `no further attempt was made: the worker has no sockets or files left; the last one: ${reason}`;
