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
import type { Histories } from "./histories.ts";
import { longestAskedSeconds } from "./plan.ts";

/** The state of one delivery, as an observer sees it. */
interface Account {
  readonly integration: string;
  readonly event: DeviceEvent;
  /** The number of its copies in queues and tables. */
  places: number;
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
  forks: number;
  /** The reasons of its failed attempts. */
  readonly reasons: string[];
}

interface Accepted {
  readonly event: DeviceEvent;
  readonly at: number;
  /** The number of its copies in queues and S3. */
  places: number;
}

interface Deps {
  readonly now: () => number;
  readonly histories: Histories;
  readonly receivesMax: number;
  readonly wasUnreadable: (integration: string) => boolean;
  readonly violated: (what: string) => void;
}

export type Books = ReturnType<typeof openBooks>;

const attemptsMax = deliveryWaitsSeconds.length + 1;
const longestHoldMs = Math.max(breakerHoldMsMax, breakerOpenMsMax) + breakerSpreadMs;

const eventOf = (body: string): DeviceEvent =>
  acceptEvent(receivedEvent.parse(JSON.parse(body)))!.event;

/**
 * Tracks the copies of every event and delivery by id. Reports a violation when the last copy of an
 * unfinished one disappears (I1), and when its attempts differ from the schedule.
 */
export const openBooks = (deps: Deps) => {
  const { now, histories, violated } = deps;
  const accepted = new Map<string, Accepted>();
  const accounts = new Map<string, Account>();
  /** Integrations whose target has failed. */
  const failing = new Set<string>();

  const accountOf = ({ id, event, integration, unmatched }: Delivery): Account => {
    const known = accounts.get(id);
    if (known !== undefined) return known;
    if (!unmatched && !histories.everMatched(integration, event)) {
      violated(`${id} is for ${integration}, which never matched its event`);
    }
    const made: Account = {
      ...{ integration, event, places: 0, posts: 0, postedAt: 0, firstPostAt: undefined },
      ...{ arrived: false, deadLettered: false, discarded: false, forks: 0, reasons: [] },
    };
    accounts.set(id, made);
    return made;
  };
  const isDone = ({ arrived, deadLettered, discarded, integration }: Account): boolean =>
    arrived || deadLettered || discarded || histories.isRemoved(integration);
  const isSafe = (event: DeviceEvent, integration: Integration): boolean => {
    const account = accounts.get(firstDelivery(event, integration, 0).id);
    return account !== undefined && (account.places > 0 || isDone(account));
  };
  /** Every integration that must receive the event has a delivery of it, or had one. */
  const checkSafe = ({ event, at }: Accepted, when: string): void => {
    for (const one of histories.due(event, at)) {
      if (!isSafe(event, one)) violated(`${event.id} for ${one.id} is nowhere when ${when}`);
    }
  };

  return {
    /** An event enters a queue or S3. */
    eventIn(body: string): void {
      const event = eventOf(body);
      const known = accepted.get(event.id) ?? { event, at: now(), places: 0 };
      accepted.set(event.id, known);
      known.places += 1;
    },
    eventOut(body: string): void {
      const known = accepted.get(eventOf(body).id)!;
      known.places -= 1;
      if (known.places === 0) checkSafe(known, "its last copy leaves");
    },
    /** The device receives the acknowledgement of its event. */
    acknowledged: (eventId: string): void =>
      checkSafe(accepted.get(eventId)!, "it is acknowledged"),

    /** A delivery enters a queue or a table. */
    in(delivery: Delivery): void {
      const account = accountOf(delivery);
      const { attempts, heldSince, lane, id } = delivery;
      account.places += 1;
      if (attempts === 0 && heldSince === undefined && lane === undefined) account.forks += 1;
      if (attempts > account.posts)
        violated(`${id}: ${attempts} attempts are counted that are not made`);
      if (attempts >= attemptsMax) violated(`${id} goes on after its schedule`);
    },
    out(delivery: Delivery): void {
      const account = accountOf(delivery);
      const { unmatched, integration, event } = delivery;
      account.places -= 1;
      account.discarded ||= unmatched === true && !histories.alwaysMatched(integration, event);
      if (account.places === 0 && !isDone(account)) {
        violated(`${delivery.id} leaves its last place and is not done`);
      }
    },
    /** There may be one more copy of it. */
    again(delivery: Delivery): void {
      accountOf(delivery).forks += 1;
    },

    posted(id: string): void {
      const account = accounts.get(id)!;
      account.firstPostAt ??= now();
      if (!histories.everMatched(account.integration, account.event)) {
        violated(`${id} is attempted for ${account.integration}, which never matched its event`);
      }
      account.posts += 1;
      const { posts, forks, postedAt } = account;
      if (posts > attemptsMax * forks) violated(`${id}: ${posts} attempts`);
      const wait = deliveryWaitsSeconds[posts - 2];
      if (forks > 1 || wait === undefined) return;
      const waited = now() - postedAt;
      if (waited < wait * 1_000 * (1 - deliveryJitter)) {
        violated(`${id}: attempt ${posts} comes after ${waited} ms`);
      }
    },
    answered(id: string, { arrived, failed }: { arrived: boolean; failed?: string }): void {
      const account = accounts.get(id)!;
      account.postedAt = now();
      account.arrived ||= arrived;
      if (failed === undefined) return;
      account.reasons.push(failed);
      failing.add(account.integration);
    },

    deadLettered(deadLetter: DeadLetter): void {
      const account = accountOf(deadLetter.delivery);
      account.deadLettered = true;
      const isFailing = failing.has(account.integration);
      const why = wrongWith(deadLetter, { ...deps, account, isFailing });
      const { delivery, reason } = deadLetter;
      if (why !== undefined) violated(`${delivery.id} is a dead letter (${reason}) ${why}`);
    },

    /** Whether a delivery is delivered, a dead letter, or no longer required. */
    isDone(id: string): boolean {
      const account = accounts.get(id);
      return account !== undefined && isDone(account);
    },
    /** At the end: checks that every accepted event is processed. */
    close(): void {
      for (const [id, account] of accounts) {
        if (!isDone(account)) violated(`${id} is not done at the end`);
      }
      for (const one of accepted.values()) checkSafe(one, "all is over");
    },
    /**
     * When the events of an integration's deliveries were accepted, and the delays of their first
     * attempts.
     */
    firstAttempts: (integration: string) =>
      [...accounts.values()]
        .filter((one) => one.integration === integration)
        .map(({ event, firstPostAt = now() }) => {
          const acceptedAt = accepted.get(event.id)!.at;
          return { acceptedAt, waitedMs: firstPostAt - acceptedAt };
        }),
    counts: () => ({
      events: accepted.size,
      deliveries: accounts.size,
      attempts: [...accounts.values()].reduce((all, { posts }) => all + posts, 0),
      deadLetters: [...accounts.values()].filter(({ deadLettered }) => deadLettered).length,
    }),
  };
};

/** The violation of a dead letter: no reason, a wrong reason, or too early. */
const wrongWith = (
  { delivery, reason }: DeadLetter,
  {
    now,
    histories,
    receivesMax,
    wasUnreadable,
    account,
    isFailing,
  }: Deps & { account: Account; isFailing: boolean },
): string | undefined => {
  const {
    attempts,
    deadline = Number.POSITIVE_INFINITY,
    heldSince = now(),
    integration,
  } = delivery;
  if (attempts > account.posts) return "with attempts that were not made";
  if (reason.startsWith("the integration is disabled")) {
    return histories.wasDisabled(integration) ? undefined : "of one that was not";
  }
  if (reason.startsWith("the worker failed each time")) {
    return receivesMax > 10 ? "though no worker failed so often" : undefined;
  }
  if (reason === "the integration cannot be read") {
    if (!wasUnreadable(integration)) return "of one that could be read";
  } else {
    if (!isFailing) return "though its target works";
    const reasons = attempts === 0 ? ["the target fails"] : account.reasons;
    if (!reasons.includes(reason)) return "without the reason that there was";
  }
  const wait = Math.max(deliveryWaitsSeconds[attempts - 1] ?? 0, longestAskedSeconds) * 1_000;
  const isOver =
    attempts >= attemptsMax ||
    reason === "the target answered 410" ||
    now() + wait * (1 + deliveryJitter) + longestHoldMs > deadline ||
    now() + longestHoldMs > heldSince + heldSecondsMax * 1_000;
  return isOver ? undefined : `after ${attempts} attempts: too early`;
};
