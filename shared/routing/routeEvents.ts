import type { EventArchive } from "../archive/sendToArchive.ts";
import type { Deliveries } from "../delivery/delivery.ts";
import { type Delivery, firstDelivery, unmatchedDelivery } from "../delivery/delivery.ts";
import { latestActivity } from "../device/deviceActivity.ts";
import type { AcceptedEvent } from "../event/deviceEvent.ts";
import type { Broker, ClaimResult, SeenEvents } from "../event/ports.ts";
import type { Outlet } from "../integration/model/integration.ts";
import type { KnownIntegrations } from "../integration/model/integrations.ts";
import { isHookEvent, matching } from "../integration/model/match.ts";
import type { PlannedDeliveries } from "../ledger/record.ts";
import { emptyRecord } from "../ledger/record.ts";
import type { RecordSender } from "../ledger/sendRecords.ts";
import { asError } from "../platform/asError.ts";
import { ackTopic, deviceIdPattern, statusEvent } from "../platform/topic.ts";
import type { StoreRecentEvents } from "../stream/resume/storeRecentEvents.ts";
import { claimRetriesMax, claimRetryMs } from "./limits.ts";

interface Deps {
  integrations: Pick<KnownIntegrations<Outlet>, "ofFleet">;
  deliveries: Deliveries;
  seenEvents: SeenEvents;
  broker: Pick<Broker, "publish">;
  storeRecentEvents: StoreRecentEvents;
  /** Says what the batch held, before its messages leave the queue. */
  record: RecordSender;
  archive: EventArchive;
  now: () => number;
  wait: (ms: number) => Promise<void>;
  /** Something that an event does not wait for went wrong: a repeat of it may be delivered, or repeated, once more. */
  onError: (what: "ack" | "claim" | "mark", error: unknown) => void;
}

/**
 * Sends a batch of events on: one delivery for each integration that matches, then an ack to each device
 * that asked for one. Answers, in the order of the events, `undefined` for one that may leave the queue, or
 * why it must stay there.
 *
 * An event leaves the queue only after its deliveries are queued, and is marked as seen in between: whoever
 * dies on the way leaves an event that is sent again, at worst twice, never one that is missing. While it
 * cannot be told which events were seen, all are delivered: twice is better than late.
 */
export const routeEvents = async (
  accepted: readonly AcceptedEvent[],
  deps: Deps,
): Promise<(Error | undefined)[]> => {
  // Beside all the rest, which does not wait for it; but whoever comes back to a stream must find the event.
  const kept = deps.storeRecentEvents(accepted);
  const routed = new Map<string, Promise<Error | undefined>>();
  const plans: Plan[] = [];
  // A repeat within the batch shares the fate of the first.
  const uniques = firsts(accepted);
  await Promise.all(
    uniques.map(async (one) => {
      const plan = await planned(one, deps);
      if (plan instanceof Error) routed.set(one.event.id, Promise.resolve(plan));
      else plans.push(plan);
    }),
  );
  const recorded = deps.record({
    ...emptyRecord,
    heard: heardIn(accepted),
    plans: plansToSay(plans, { accepted, now: deps.now() }),
  });
  const refused = await deps.deliveries.send(
    plans.flatMap(({ deliveries }) => deliveries),
    deps.now(),
  );
  for (const plan of plans) routed.set(plan.one.event.id, conclude(plan, refused, deps));
  const outcomes = await Promise.all(accepted.map(({ event }) => routed.get(event.id)));
  const done = accepted.filter((_, i) => outcomes[i] === undefined);
  // Beside each other: neither a device nor a delivery waits for the archive.
  const [unarchived] = await Promise.all([archived(done, deps), acknowledge(done, deps)]);
  await Promise.all([kept, recorded]);
  return accepted.map(({ message }, i) => outcomes[i] ?? unarchived.get(message));
};

/** Its devices; what users and the cloud itself publish is from none. */
const heardIn = (accepted: readonly AcceptedEvent[]) =>
  latestActivity(
    accepted.flatMap(({ event: { device, fleet, name }, received: { receivedAt: at } }) =>
      deviceIdPattern.test(device) && name !== statusEvent ? [{ device, fleet, at }] : [],
    ),
  );

/**
 * One message for each event. That of which somebody had planned the deliveries before goes on with them: the first
 * of those, so that it is the same one when the whole batch comes again.
 */
const firsts = (accepted: readonly AcceptedEvent[]): AcceptedEvent[] => {
  const inOrder = [...accepted].sort(
    (one, other) =>
      Number(other.isRedelivered ?? false) - Number(one.isRedelivered ?? false) ||
      one.received.receivedAt - other.received.receivedAt ||
      (one.message < other.message ? -1 : 1),
  );
  return [...Map.groupBy(inOrder, ({ event }) => event.id).values()].flatMap(
    ([first]) => first ?? [],
  );
};

/**
 * The plans that the ledger is told. One that goes nowhere only matters where the message was planned before: what that
 * plan said was not queued, because another message of the event has all of it.
 */
const plansToSay = (
  plans: readonly Plan[],
  { accepted, now: at }: { accepted: readonly AcceptedEvent[]; now: number },
): PlannedDeliveries[] => {
  const say = (
    { event, received, isRedelivered }: AcceptedEvent,
    to: readonly string[],
  ): PlannedDeliveries[] =>
    to.length > 0 || isRedelivered
      ? [{ event: event.id, acceptedAt: received.receivedAt, at, to: [...to] }]
      : [];
  return plans.flatMap(({ one, claim, deliveries }) => {
    // Of its own earlier plan all was queued: that stands.
    const own =
      claim === "done"
        ? []
        : say(
            one,
            deliveries.map(({ integration }) => integration),
          );
    const others = accepted.filter(
      ({ event, message }) => event.id === one.event.id && message !== one.message,
    );
    // By which of them it was seen is not known: then what they planned stands.
    return claim === "seen" ? own : [...own, ...others.flatMap((other) => say(other, []))];
  });
};

/** An event and the deliveries that are still to be queued for it. */
interface Plan {
  readonly one: AcceptedEvent;
  /** It is asked whether it was delivered before. */
  readonly guarded: boolean;
  readonly claim: ClaimResult | "unknown";
  readonly deliveries: readonly Delivery[];
}

const planned = async (one: AcceptedEvent, deps: Deps): Promise<Plan | Error> => {
  try {
    const guarded = one.key !== undefined || (await deps.archive.isRetryPending(one.event));
    const claim = guarded ? await claimed(one, deps) : "taken";
    if (claim === "busy") return new Error("another worker has this event");
    const isNew = claim === "taken" || claim === "unknown";
    return { one, guarded, claim, deliveries: isNew ? await deliveriesOf(one, deps) : [] };
  } catch (error) {
    return asError(error);
  }
};

/** One that cannot be read, and never could, gets every event: `deliver` holds them until it knows which it matches. */
const deliveriesOf = async (
  { event, received }: AcceptedEvent,
  { integrations, now }: Deps,
): Promise<Delivery[]> => {
  const { known, unread } = await integrations.ofFleet(event.fleet);
  const maybe = isHookEvent(event) ? [] : unread;
  return [
    ...matching(known, event).map((to) => firstDelivery(event, to, now())),
    ...maybe.map((id) => unmatchedDelivery(event, id, now())),
  ].map((one) => ({ ...one, acceptedAt: received.receivedAt }));
};

/** A worker that has the event is about to finish, or is dead: wait a little for the first case. */
const claimed = async (
  { event, message }: AcceptedEvent,
  { seenEvents, now, wait, onError }: Deps,
): Promise<Plan["claim"]> => {
  try {
    for (let waits = 0; ; waits += 1) {
      const claim = await seenEvents.claim(event.id, message, now());
      if (claim !== "busy" || waits >= claimRetriesMax) return claim;
      await wait(claimRetryMs);
    }
  } catch (error) {
    onError("claim", error);
    return "unknown";
  }
};

const conclude = async (
  { one, guarded, claim, deliveries }: Plan,
  refused: ReadonlyMap<string, Error>,
  { seenEvents, now, onError }: Deps,
): Promise<Error | undefined> => {
  const [cause] = deliveries.flatMap(({ id }) => refused.get(id) ?? []);
  if (cause !== undefined) return new Error("the queue did not take every delivery", { cause });
  try {
    if (guarded && claim === "taken") {
      await seenEvents.confirm(one.event.id, one.message, now());
    }
  } catch (error) {
    onError("mark", error);
  }
  return undefined;
};

/**
 * Archives events. Those that the archive does not take stay in the queue and come again: that they were delivered is
 * marked, also for those that have no id of their own.
 */
const archived = async (
  done: readonly AcceptedEvent[],
  { archive, seenEvents, now, onError }: Deps,
): Promise<ReadonlyMap<string, Error>> => {
  const failed = await archive.send(done);
  const isRedelivered = done.filter(({ key, message }) => key === undefined && failed.has(message));
  await Promise.all(
    isRedelivered.map(async ({ event, message }) => {
      try {
        await seenEvents.confirm(event.id, message, now());
      } catch (error) {
        onError("mark", error);
      }
    }),
  );
  return failed;
};

/** One message a device. A device that hears nothing repeats its event, and is acknowledged then. */
const acknowledge = async (
  done: readonly AcceptedEvent[],
  { broker, onError }: Deps,
): Promise<void> => {
  const keys = new Map<string, Set<string>>();
  for (const { event, key } of done) {
    if (key === undefined) continue;
    keys.set(event.device, (keys.get(event.device) ?? new Set()).add(key));
  }
  await Promise.all(
    [...keys].map(async ([device, ids]) => {
      try {
        await broker.publish(ackTopic(device), Buffer.from(JSON.stringify({ ids: [...ids] })));
      } catch (error) {
        onError("ack", error);
      }
    }),
  );
};
