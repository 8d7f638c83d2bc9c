import type { Delivery } from "../delivery/delivery.ts";
import { latestActivity } from "../device/deviceActivity.ts";
import type { AcceptedEvent } from "../event/deviceEvent.ts";
import type { ClaimResult } from "../event/ports.ts";
import { emptyRecord, type LedgerRecord, type PlannedDeliveries } from "../ledger/record.ts";
import type { RoutedEvents } from "../ledger/traffic.ts";
import { cloudPublisher, deviceIdPattern, statusEvent } from "../platform/topic.ts";
import { meterEvent } from "./meterEvent.ts";

/** An event and the deliveries that are still to be queued for it. */
export interface EventPlan {
  readonly accepted: AcceptedEvent;
  /**
   * Result of the duplicate check. `none`: the event needs no check. `unknown`: the check failed,
   * and the event is delivered.
   */
  readonly claim: ClaimResult | "none" | "unknown";
  /** Empty for a duplicate. */
  readonly deliveries: readonly Delivery[];
  /**
   * For a duplicate: the messages of the event in the batch that certainly have not queued its
   * deliveries.
   */
  readonly superseded: ReadonlySet<string>;
}

/**
 * The ledger's record of a batch: the devices that published, the planned deliveries, and what the
 * events count as. `now` in milliseconds.
 */
export const routingRecord = (
  plans: readonly EventPlan[],
  { accepted, now }: { accepted: readonly AcceptedEvent[]; now: number },
): LedgerRecord => ({
  ...emptyRecord,
  heard: deviceActivity(accepted),
  plans: plans.flatMap((plan) => plannedDeliveries(plan, accepted, now)),
  routed: routedByFleet(accepted),
});

/** The events of a batch by fleet, without those of the cloud itself. */
const routedByFleet = (accepted: readonly AcceptedEvent[]): RoutedEvents[] => {
  const own = accepted.filter(({ event: { device, name } }) => {
    return device !== cloudPublisher && name !== statusEvent;
  });
  return [...Map.groupBy(own, ({ event }) => event.fleet)].map(([fleet, some]) => ({
    fleet,
    at: Math.min(...some.map(({ received }) => received.receivedAt)),
    events: some.length,
  }));
};

/** Events of users, of integrations and of the cloud itself are not device activity. */
const deviceActivity = (accepted: readonly AcceptedEvent[]) =>
  latestActivity(
    accepted.flatMap(({ event: { device, fleet, name }, received: { receivedAt: at } }) =>
      deviceIdPattern.test(device) && name !== statusEvent ? [{ device, fleet, at }] : [],
    ),
  );

/**
 * The planned deliveries of an event, and corrections of earlier plans of its other messages. A
 * worker may have recorded a plan for a message and crashed before it queued the deliveries. If
 * another message of the same event has queued them, an empty plan replaces the earlier one.
 */
const plannedDeliveries = (
  { accepted: chosen, claim, deliveries, superseded }: EventPlan,
  accepted: readonly AcceptedEvent[],
  at: number,
): PlannedDeliveries[] => {
  const planOf = ({ event, received }: AcceptedEvent, to: string[]) => ({
    event: event.id,
    acceptedAt: received.receivedAt,
    at,
    to,
  });
  const emptyPlan = (accepted: AcceptedEvent) =>
    accepted.isRedelivered ? [planOf(accepted, [])] : [];
  const others = accepted.filter(
    ({ event, message }) => event.id === chosen.event.id && message !== chosen.message,
  );
  // Plans of a message that may have queued the deliveries stay valid.
  if (claim === "duplicate") {
    return [chosen, ...others.filter(({ message }) => superseded.has(message))].flatMap(emptyPlan);
  }
  const to = deliveries.map(({ integration }) => integration);
  // `completed`: this message has queued all of its earlier plan, which stays valid.
  const own =
    claim === "completed" ? [] : [{ ...planOf(chosen, to), metered: meterEvent(chosen.event) }];
  return [...own, ...others.flatMap(emptyPlan)];
};
