import type { Connection } from "../connection/connection.ts";
import { filtersFor } from "./filters.ts";
import { checkCharacters, parseEventTopic, type ReceivedEvent } from "./topic.ts";

/** Does something with an event. */
export type EventHandler = (event: ReceivedEvent) => void | Promise<void>;

/** Who wants to hear which events. */
export interface Subscriptions {
  /** What it answers takes the subscription back. */
  add(prefix: string, handler: EventHandler): () => void;
  /** Makes the broker of a new connection send what is wanted. */
  attach(connection: Connection, fleet: string): Promise<void>;
  detach(): void;
  /** Resolves when the broker sends what is wanted now; at once while there is no connection. */
  sync(): Promise<void>;
  /** Hands an event to all who want it. */
  deliver(topic: string, data: Buffer): void;
}

interface ActiveConnection {
  readonly connection: Connection;
  readonly fleet: string;
  filters: readonly string[];
}

/** Subscriptions by prefixes of event names; case matters. `failed` hears of handlers that fail. */
export const createSubscriptions = (failed: (error: unknown) => void): Subscriptions => {
  const subscriptions = new Set<{ readonly prefix: string; readonly handler: EventHandler }>();
  let active: ActiveConnection | undefined;
  let last = Promise.resolve();

  const settleNow = async (): Promise<void> => {
    const to = active;
    if (to === undefined) return;
    const prefixes = [...subscriptions].map(({ prefix }) => prefix);
    const filters = filtersFor(prefixes, to.fleet);
    const before = to.filters;
    to.filters = filters;
    await to.connection.subscribe(filters.filter((filter) => !before.includes(filter)));
    await to.connection.unsubscribe(before.filter((filter) => !filters.includes(filter)));
  };

  /** One after the other: what the broker is told last must be what is wanted last. */
  const sync = async (): Promise<void> => {
    const next = last.then(settleNow);
    last = next.catch(() => {});
    await next;
  };

  return {
    add(prefix, handler) {
      checkCharacters(prefix);
      if (prefix.startsWith("/") || prefix.includes("//")) {
        throw new Error("an event name has no empty level");
      }
      const subscription = { prefix, handler };
      subscriptions.add(subscription);
      return () => subscriptions.delete(subscription);
    },
    async attach(connection, fleet) {
      active = { connection, fleet, filters: [] };
      await sync();
    },
    detach() {
      active = undefined;
    },
    sync,
    deliver(topic, data) {
      const read = parseEventTopic(topic);
      if (read === undefined) return;
      for (const { prefix, handler } of subscriptions) {
        if (!read.name.startsWith(prefix)) continue;
        void (async () => handler({ ...read, data }))().catch(failed);
      }
    },
  };
};
