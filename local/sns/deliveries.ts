import type { Log } from "../platform/log.ts";
import { deliver } from "./deliver.ts";
import type { EndpointDeps } from "./endpoints.ts";
import type { Pending } from "./outbox.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Topic } from "./topic.ts";

/** The deliveries of a region that are in progress. */
export interface Deliveries {
  readonly count: number;
  /** Delivers a message, and then calls `remove`. Never fails. */
  start(pending: Pending, remove: () => Promise<void>): void;
}

export interface DeliveriesDeps {
  readonly endpointDeps: EndpointDeps;
  readonly subscriptions: Pick<Subscriptions, "find">;
  readonly find: (topicArn: string) => Topic;
  readonly signal: AbortSignal;
  readonly log: Log;
}

export const openDeliveries = (deps: DeliveriesDeps): Deliveries => {
  const { subscriptions, find, endpointDeps, signal, log } = deps;
  let count = 0;
  const run = async ({ subscriptionArn, message }: Pending): Promise<boolean> => {
    const subscription = subscriptions.find(subscriptionArn);
    // The subscriber has left since.
    if (subscription === undefined) return true;
    const isWanted = () => subscriptions.find(subscriptionArn) !== undefined;
    const given = { topic: find(subscription.topicArn), subscription, message };
    return await deliver(given, { endpointDeps, isWanted, signal, log });
  };
  const finish = async (pending: Pending, remove: () => Promise<void>): Promise<void> => {
    count += 1;
    try {
      if (await run(pending)) await remove();
    } catch (error) {
      const { subscriptionArn: subscription } = pending;
      log("notification not finished", { subscription, error }, "error");
    } finally {
      count -= 1;
    }
  };
  return {
    get count() {
      return count;
    },
    start: (pending, remove) => void finish(pending, remove),
  };
};
