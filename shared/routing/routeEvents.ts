import type { EventArchive } from "../archive/sendToArchive.ts";
import {
  type Delivery,
  type DeliveryQueue,
  firstDelivery,
  unmatchedDelivery,
} from "../delivery/delivery.ts";
import { encodeAck } from "../event/ackMessage.ts";
import type { AcceptedEvent } from "../event/deviceEvent.ts";
import type { Broker, SeenEvents } from "../event/ports.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import type { IntegrationCache } from "../integration/model/integrationCache.ts";
import { isHookEvent, matching } from "../integration/model/match.ts";
import type { RecordSender } from "../ledger/sendRecords.ts";
import { restrictionOf } from "../limit/restriction.ts";
import type { FleetLimits } from "../limit/usageLimit.ts";
import { asError } from "../platform/asError.ts";
import { ackTopic, cloudPublisher } from "../platform/topic.ts";
import type { StoreRecentEvents } from "../stream/resume/storeRecentEvents.ts";
import type { CountEvents } from "./busyDevices.ts";
import { type EventPlan, routingRecord } from "./eventPlan.ts";
import { claimRetriesMax, claimRetryMs } from "./limits.ts";
import { meterEvent } from "./meterEvent.ts";

interface Deps {
  integrations: Pick<IntegrationCache<IntegrationMatcher>, "ofFleet">;
  deliveries: DeliveryQueue;
  /** The queue of deliveries that a limit of usage slows down. */
  slowLane: DeliveryQueue;
  seenEvents: SeenEvents;
  broker: Pick<Broker, "publish">;
  storeRecentEvents: StoreRecentEvents;
  /** Sends the ledger's record of the batch. It is sent before the messages leave their queue. */
  record: RecordSender;
  archive: EventArchive;
  /** Counts the events of devices, to recognize busy ones. */
  countEvents: CountEvents;
  now: () => number;
  wait: (ms: number) => Promise<void>;
  /**
   * Called on a non-fatal error: a duplicate of the event may be delivered, or sent by its device,
   * once more.
   */
  onError: (what: "ack" | "claim" | "confirm", error: unknown) => void;
}

/**
 * Routes a batch of events: queues one delivery for each matching integration, then acknowledges
 * the events whose devices asked for an acknowledgement. Returns, in the order of the events,
 * `undefined` for an event that may leave its queue, or the error for which it must stay.
 *
 * 1. `planDeliveries` drops duplicates and matches each event to the integrations of its fleet.
 * 2. The deliveries are queued, and the plans are recorded in the ledger.
 * 3. `confirmEvent` marks the event as seen.
 * 4. The event goes to the archive, and its device gets an acknowledgement.
 *
 * A crash at any point re-sends the event (at-least-once); it never loses it. While duplicates
 * cannot be detected, every event is delivered.
 */
export const routeEvents = async (
  accepted: readonly AcceptedEvent[],
  deps: Deps,
): Promise<(Error | undefined)[]> => {
  // No delivery waits for this, but it ends before the batch does: resumed streams need the events.
  const stored = deps.storeRecentEvents(accepted);
  const results = new Map<string, Promise<Error | undefined>>();
  const plans: EventPlan[] = [];
  const busy = busyDevices(accepted, deps);
  await Promise.all(
    uniqueEvents(accepted).map(async (unique) => {
      const plan = await planDeliveries(unique, { accepted, busy }, deps);
      if (plan instanceof Error) results.set(unique.event.id, Promise.resolve(plan));
      else plans.push(plan);
    }),
  );
  // An event that is confirmed is not planned again, so its plan is recorded before.
  const [refused] = await Promise.all([
    queueDeliveries(
      plans.flatMap(({ deliveries }) => deliveries),
      deps,
    ),
    deps.record(routingRecord(plans, { accepted, now: deps.now() })),
  ]);
  for (const plan of plans) results.set(plan.accepted.event.id, confirmEvent(plan, refused, deps));
  const errors = await Promise.all(accepted.map(({ event }) => results.get(event.id)));
  const routed = accepted.filter((_, i) => errors[i] === undefined);
  const [unarchived] = await Promise.all([archiveEvents(routed, deps), acknowledge(routed, deps)]);
  await stored;
  return accepted.map(({ message }, i) => errors[i] ?? unarchived.get(message));
};

/** The devices of a batch that publish at a high rate. */
const busyDevices = (
  accepted: readonly AcceptedEvent[],
  { countEvents }: Deps,
): ReadonlySet<string> => {
  const counts = new Map<string, number>();
  for (const { event } of accepted) counts.set(event.device, (counts.get(event.device) ?? 0) + 1);
  return new Set(
    [...counts].flatMap(([device, count]) => (countEvents(device, count) ? device : [])),
  );
};

/** Returns the errors of deliveries that a queue did not accept, by delivery id. */
const queueDeliveries = async (
  all: readonly Delivery[],
  { deliveries, slowLane, now }: Deps,
): Promise<ReadonlyMap<string, Error>> => {
  const slow = all.filter(({ lane }) => lane === "slow");
  if (slow.length === 0) return deliveries.send(all, now());
  const others = all.filter(({ lane }) => lane !== "slow");
  const refused = await Promise.all([deliveries.send(others, now()), slowLane.send(slow, now())]);
  return new Map(refused.flatMap((errors) => [...errors]));
};

/**
 * One message for each event id; its duplicates in the batch share the result. A redelivered
 * message comes first, because an earlier attempt may have queued its deliveries. The order is
 * stable, so that a redelivered batch selects the same messages.
 */
const uniqueEvents = (accepted: readonly AcceptedEvent[]): AcceptedEvent[] => {
  const ordered = [...accepted].sort(
    (one, other) =>
      Number(other.isRedelivered ?? false) - Number(one.isRedelivered ?? false) ||
      one.received.receivedAt - other.received.receivedAt ||
      (one.message < other.message ? -1 : 1),
  );
  return [...Map.groupBy(ordered, ({ event }) => event.id).values()].flatMap(
    ([first]) => first ?? [],
  );
};

/** Returns an error if the event must stay in its queue. */
const planDeliveries = async (
  accepted: AcceptedEvent,
  { accepted: batch, busy }: { accepted: readonly AcceptedEvent[]; busy: ReadonlySet<string> },
  deps: Deps,
): Promise<EventPlan | Error> => {
  try {
    // A device repeats an event that it gave an id; the queue repeats one that the archive refused.
    const needsClaim =
      accepted.key !== undefined || (await deps.archive.isRetryPending(accepted.event));
    const claim = needsClaim ? await claimEvent(accepted, deps) : "none";
    if (claim === "busy") return new Error("another worker is processing this event");
    const isDuplicate = claim === "completed" || claim === "duplicate";
    const matched = isDuplicate ? [] : await matchingDeliveries(accepted, deps);
    const isBusy = busy.has(accepted.event.device);
    const deliveries = isBusy ? matched.map((one) => ({ ...one, busy: true as const })) : matched;
    const superseded =
      claim === "duplicate" ? await supersededMessages(accepted, batch, deps) : new Set<string>();
    return { accepted, claim, deliveries, superseded };
  } catch (error) {
    return asError(error);
  }
};

/**
 * The redelivered messages of an event that another message has completed, without the one that
 * completed it.
 */
const supersededMessages = async (
  { event, message: chosen }: AcceptedEvent,
  batch: readonly AcceptedEvent[],
  deps: Deps,
): Promise<ReadonlySet<string>> => {
  const others = batch.filter(
    (other) => other.event.id === event.id && other.message !== chosen && other.isRedelivered,
  );
  const claims = await Promise.all(others.map((other) => claimEvent(other, deps)));
  return new Set([
    chosen,
    ...others.flatMap(({ message }, i) => (claims[i] === "duplicate" ? message : [])),
  ]);
};

/**
 * The deliveries of an event to the matching integrations of its fleet. If an integration cannot be
 * read, the event is queued for it, too; `deliver` matches it later.
 */
const matchingDeliveries = async (
  { event, received }: AcceptedEvent,
  { integrations, now }: Deps,
): Promise<Delivery[]> => {
  const { known, undecodableIds, limits } = await integrations.ofFleet(event.fleet);
  const unmatched = isHookEvent(event) ? [] : undecodableIds;
  return [
    ...matching(known, event).map((integration) => firstDelivery(event, integration, now())),
    ...unmatched.map((id) => unmatchedDelivery(event, id, now())),
  ].map((delivery) => ({
    ...restrict(delivery, limits, now()),
    acceptedAt: received.receivedAt,
  }));
};

/**
 * Marks a delivery that a reached limit of usage slows down or parks. It is queued as any other:
 * `deliver` delays it, or stores it as a dead letter.
 */
const restrict = (delivery: Delivery, limits: FleetLimits | undefined, now: number): Delivery => {
  if (limits === undefined || limits.reached.length === 0) return delivery;
  const { integration, event } = delivery;
  const { device } = event;
  const isOperation = meterEvent(event).kind === "publish";
  const asked = { device, integration, isOperation, isOfCloud: device === cloudPublisher };
  const restriction = restrictionOf(limits, asked, now);
  if (restriction === undefined) return delivery;
  return { ...delivery, restriction, ...(restriction.action === "slow" && { lane: "slow" }) };
};

/**
 * Retries for a short time while another worker holds the event: that worker is about to finish, or
 * dead.
 */
const claimEvent = async (
  { event, message }: AcceptedEvent,
  { seenEvents, now, wait, onError }: Deps,
): Promise<EventPlan["claim"]> => {
  try {
    for (let retries = 0; ; retries += 1) {
      const claim = await seenEvents.claim(event.id, message, now());
      if (claim !== "busy" || retries >= claimRetriesMax) return claim;
      await wait(claimRetryMs);
    }
  } catch (error) {
    onError("claim", error);
    return "unknown";
  }
};

/** Marks an event as seen once the queue has all its deliveries; else returns the queue's error. */
const confirmEvent = async (
  { accepted: { event, message }, claim, deliveries }: EventPlan,
  refused: ReadonlyMap<string, Error>,
  { seenEvents, now, onError }: Deps,
): Promise<Error | undefined> => {
  const [cause] = deliveries.flatMap(({ id }) => refused.get(id) ?? []);
  if (cause !== undefined) return new Error("the queue did not take every delivery", { cause });
  if (claim !== "acquired") return undefined;
  try {
    await seenEvents.confirm(event.id, message, now());
  } catch (error) {
    onError("confirm", error);
  }
  return undefined;
};

/**
 * Sends events to the archive. Returns the errors of events that stay in their queue, by message.
 * These are marked as seen even if their devices gave them no id, so that their retries deliver
 * nothing.
 */
const archiveEvents = async (
  routed: readonly AcceptedEvent[],
  { archive, seenEvents, now, onError }: Deps,
): Promise<ReadonlyMap<string, Error>> => {
  const failed = await archive.send(routed);
  const unmarked = routed.filter(({ key, message }) => key === undefined && failed.has(message));
  await Promise.all(
    unmarked.map(async ({ event, message }) => {
      try {
        await seenEvents.confirm(event.id, message, now());
      } catch (error) {
        onError("confirm", error);
      }
    }),
  );
  return failed;
};

/**
 * Publishes one acknowledgement for each device. A device that does not receive it repeats its
 * event.
 */
const acknowledge = async (
  routed: readonly AcceptedEvent[],
  { broker, onError }: Deps,
): Promise<void> => {
  const keys = new Map<string, Set<string>>();
  for (const { event, key } of routed) {
    if (key === undefined) continue;
    keys.set(event.device, (keys.get(event.device) ?? new Set()).add(key));
  }
  await Promise.all(
    [...keys].map(async ([device, ids]) => {
      try {
        await broker.publish(ackTopic(device), encodeAck({ ids: [...ids] }));
      } catch (error) {
        onError("ack", error);
      }
    }),
  );
};
