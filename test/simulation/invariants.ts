import type { DeadLetter } from "#shared/delivery/deadLetter.ts";
import { type Delivery, firstDelivery } from "#shared/delivery/delivery.ts";
import {
  breakerHoldMsMax,
  breakerSpreadMs,
  deliveryJitter,
  deliveryWaitsSeconds,
  heldSecondsMax,
} from "#shared/delivery/limits.ts";
import { acceptEvent, type DeviceEvent, receivedEvent } from "#shared/event/deviceEvent.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { breakerOpenMsMax } from "#shared/resilience/limits.ts";
import type { IntegrationHistory } from "./integrationHistory.ts";
import { retryAfterSecondsMax } from "./plan.ts";

/** The state of one delivery, as an observer sees it. */
interface DeliveryState {
  readonly integration: string;
  readonly event: DeviceEvent;
  /** The number of its copies in queues and tables. */
  copies: number;
  posts: number;
  /** When the last attempt ended, and when the first began. */
  postedAt: number;
  firstPostAt: number | undefined;
  arrived: boolean;
  deadLettered: boolean;
  /**
   * It was queued while its integration could not be read, and the integration does not match, or
   * once did not.
   */
  discarded: boolean;
  /** How often it was created, redelivered or requeued: each time it may use the whole schedule. */
  schedules: number;
  /** The reasons of its failed attempts. */
  readonly reasons: string[];
}

interface EventState {
  readonly event: DeviceEvent;
  readonly at: number;
  /** The number of its copies in queues and S3. */
  copies: number;
}

interface Deps {
  readonly now: () => number;
  readonly history: IntegrationHistory;
  readonly receivesMax: number;
  readonly wasUnreadable: (integration: string) => boolean;
  readonly violated: (what: string) => void;
}

export type Invariants = ReturnType<typeof createInvariants>;

const attemptsMax = deliveryWaitsSeconds.length + 1;
const longestHoldMs = Math.max(breakerHoldMsMax, breakerOpenMsMax) + breakerSpreadMs;

/**
 * Tracks the copies of every event and delivery by id. Reports a violation when the last copy of an
 * unfinished one disappears (I1), and when its attempts differ from the schedule.
 */
export const createInvariants = (deps: Deps) => {
  const { now, history, violated } = deps;
  const events = new Map<string, EventState>();
  /** The events of messages, which are observed several times. */
  const received = new Map<string, DeviceEvent>();
  const eventOf = (body: string): DeviceEvent => {
    const event = received.get(body) ?? acceptEvent(receivedEvent.parse(JSON.parse(body)))!.event;
    received.set(body, event);
    return event;
  };
  const deliveryStates = new Map<string, DeliveryState>();
  /** Integrations whose target has failed. */
  const failing = new Set<string>();

  const stateOf = ({ id, event, integration, unmatched }: Delivery): DeliveryState => {
    const known = deliveryStates.get(id);
    if (known !== undefined) return known;
    if (!unmatched && !history.everMatched(integration, event)) {
      violated(`${id} is for ${integration}, which never matched its event`);
    }
    const created: DeliveryState = {
      ...{ integration, event, copies: 0, posts: 0, postedAt: 0, firstPostAt: undefined },
      ...{ arrived: false, deadLettered: false, discarded: false, schedules: 0, reasons: [] },
    };
    deliveryStates.set(id, created);
    return created;
  };
  const isDone = ({ arrived, deadLettered, discarded, integration }: DeliveryState): boolean =>
    arrived || deadLettered || discarded || history.isRemoved(integration);
  const isSafe = (event: DeviceEvent, integration: Integration): boolean => {
    const state = deliveryStates.get(firstDelivery(event, integration, 0).id);
    return state !== undefined && (state.copies > 0 || isDone(state));
  };
  /** Every integration that must receive the event has a delivery of it, or had one. */
  const checkSafe = ({ event, at }: EventState, when: string): void => {
    for (const one of history.due(event, at)) {
      if (!isSafe(event, one)) violated(`${event.id} for ${one.id} has no delivery when ${when}`);
    }
  };

  return {
    /** An event enters a queue or S3. */
    eventIn(body: string): void {
      const event = eventOf(body);
      const known = events.get(event.id) ?? { event, at: now(), copies: 0 };
      events.set(event.id, known);
      known.copies += 1;
    },
    eventOut(body: string): void {
      const known = events.get(eventOf(body).id)!;
      known.copies -= 1;
      if (known.copies === 0) checkSafe(known, "its last copy is removed");
    },
    /** The device receives the acknowledgement of its event. */
    acknowledged: (eventId: string): void => checkSafe(events.get(eventId)!, "it is acknowledged"),

    /** A delivery enters a queue or a table. */
    in(delivery: Delivery): void {
      const state = stateOf(delivery);
      const { attempts, heldSince, lane, id } = delivery;
      state.copies += 1;
      if (attempts === 0 && heldSince === undefined && lane === undefined) state.schedules += 1;
      if (attempts > state.posts)
        violated(`${id}: ${attempts} attempts counted, ${state.posts} made`);
      if (attempts >= attemptsMax) violated(`${id} continues after its schedule`);
    },
    out(delivery: Delivery): void {
      const state = stateOf(delivery);
      const { unmatched, integration, event } = delivery;
      state.copies -= 1;
      state.discarded ||= unmatched === true && !history.alwaysMatched(integration, event);
      if (state.copies === 0 && !isDone(state)) {
        violated(`the last copy of ${delivery.id} is removed, and it is not done`);
      }
    },
    /** A delivery may exist once more: a message was received again, or a response was lost. */
    again(delivery: Delivery): void {
      stateOf(delivery).schedules += 1;
    },

    posted(id: string): void {
      const state = deliveryStates.get(id)!;
      state.firstPostAt ??= now();
      if (!history.everMatched(state.integration, state.event)) {
        violated(`${id} is attempted for ${state.integration}, which never matched its event`);
      }
      state.posts += 1;
      const { posts, schedules, postedAt } = state;
      if (posts > attemptsMax * schedules) violated(`${id}: ${posts} attempts`);
      const wait = deliveryWaitsSeconds[posts - 2];
      if (schedules > 1 || wait === undefined) return;
      const waited = now() - postedAt;
      if (waited < wait * 1_000 * (1 - deliveryJitter)) {
        violated(`${id}: attempt ${posts} comes after ${waited} ms`);
      }
    },
    answered(id: string, { arrived, failed }: { arrived: boolean; failed?: string }): void {
      const state = deliveryStates.get(id)!;
      state.postedAt = now();
      state.arrived ||= arrived;
      if (failed === undefined) return;
      state.reasons.push(failed);
      failing.add(state.integration);
    },

    deadLettered(deadLetter: DeadLetter): void {
      const state = stateOf(deadLetter.delivery);
      state.deadLettered = true;
      const isFailing = failing.has(state.integration);
      const why = violationOf(deadLetter, { ...deps, state, isFailing });
      const { delivery, reason } = deadLetter;
      if (why !== undefined) violated(`${delivery.id} is a dead letter (${reason}): ${why}`);
    },

    /** Whether a delivery is delivered, a dead letter, or no longer required. */
    isDone(id: string): boolean {
      const state = deliveryStates.get(id);
      return state !== undefined && isDone(state);
    },
    /** At the end: checks that every accepted event is processed. */
    close(): void {
      for (const [id, state] of deliveryStates) {
        if (!isDone(state)) violated(`${id} is not done at the end`);
      }
      for (const one of events.values()) checkSafe(one, "the simulation ends");
    },
    /**
     * When the events of an integration's deliveries were accepted, and the delays of their first
     * attempts.
     */
    firstAttempts: (integration: string) =>
      [...deliveryStates.values()]
        .filter((one) => one.integration === integration)
        .map(({ event, firstPostAt = now() }) => {
          const acceptedAt = events.get(event.id)!.at;
          return { acceptedAt, waitedMs: firstPostAt - acceptedAt };
        }),
    /** The ids of all accepted events. */
    eventIds: () => [...events.keys()],
    counts: () => ({
      events: events.size,
      deliveries: deliveryStates.size,
      attempts: [...deliveryStates.values()].reduce((all, { posts }) => all + posts, 0),
      deadLetters: [...deliveryStates.values()].filter(({ deadLettered }) => deadLettered).length,
    }),
  };
};

/** The violation of a dead letter: a wrong reason, or too early. `undefined` if there is none. */
const violationOf = (
  { delivery, reason }: DeadLetter,
  {
    now,
    history,
    receivesMax,
    wasUnreadable,
    state,
    isFailing,
  }: Deps & { state: DeliveryState; isFailing: boolean },
): string | undefined => {
  const {
    attempts,
    deadline = Number.POSITIVE_INFINITY,
    heldSince = now(),
    integration,
  } = delivery;
  if (attempts > state.posts) return "it counts attempts that were not made";
  if (reason.startsWith("the integration is disabled")) {
    return history.wasDisabled(integration) ? undefined : "the integration was never disabled";
  }
  if (reason.startsWith("the worker failed each time")) {
    return receivesMax > 10 ? "no worker failed so often" : undefined;
  }
  if (reason === "the integration cannot be read") {
    if (!wasUnreadable(integration)) return "the integration could always be read";
  } else {
    if (!isFailing) return "its target never failed";
    const reasons = attempts === 0 ? ["the target fails"] : state.reasons;
    if (!reasons.includes(reason)) return "no attempt failed with this reason";
  }
  const wait = Math.max(deliveryWaitsSeconds[attempts - 1] ?? 0, retryAfterSecondsMax) * 1_000;
  const isOver =
    attempts >= attemptsMax ||
    reason === "the target answered 410" ||
    now() + wait * (1 + deliveryJitter) + longestHoldMs > deadline ||
    now() + longestHoldMs > heldSince + heldSecondsMax * 1_000;
  return isOver ? undefined : `too early, after ${attempts} attempts`;
};
