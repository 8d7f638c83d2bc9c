import type { Connection } from "../connection/connection.ts";
import { eventFiltersMax, topicSlashesMax } from "../limits.ts";
import { checkCharacters, parseEventTopic, type ReceivedEvent } from "./topic.ts";

/** Handles a received event. */
export type EventHandler = (event: ReceivedEvent) => void | Promise<void>;

/** The event subscriptions of a device, across connections. */
export interface Subscriptions {
  /** Returns a function that removes the subscription. */
  add(prefix: string, handler: EventHandler): () => void;
  /** Subscribes on a new connection. */
  attach(connection: Connection, fleet: string): Promise<void>;
  detach(): void;
  /** Resolves when the broker has the current topic filters; immediately if disconnected. */
  sync(): Promise<void>;
  /** Passes an event to all matching handlers. */
  deliver(topic: string, data: Buffer): void;
}

interface ActiveConnection {
  readonly connection: Connection;
  readonly fleet: string;
  filters: readonly string[];
}

/** Creates subscriptions by case-sensitive name prefix. Errors of handlers go to `onError`. */
export const createSubscriptions = (onError: (error: unknown) => void): Subscriptions => {
  const subscriptions = new Set<{ readonly prefix: string; readonly handler: EventHandler }>();
  let active: ActiveConnection | undefined;
  let last = Promise.resolve();

  const syncNow = async (): Promise<void> => {
    const to = active;
    if (to === undefined) return;
    const prefixes = [...subscriptions].map(({ prefix }) => prefix);
    const filters = filtersFor(prefixes, to.fleet);
    const before = to.filters;
    to.filters = filters;
    await to.connection.subscribe(filters.filter((filter) => !before.includes(filter)));
    await to.connection.unsubscribe(before.filter((filter) => !filters.includes(filter)));
  };

  /** Runs serially, so that the broker gets the newest filters last. */
  const sync = async (): Promise<void> => {
    const next = last.then(syncNow);
    last = next.catch(() => {});
    await next;
  };

  return {
    add(prefix, handler) {
      checkCharacters(prefix);
      if (prefix.startsWith("/") || prefix.includes("//")) {
        throw new Error("an event name must not contain an empty level");
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
      const event = parseEventTopic(topic);
      if (event === undefined) return;
      for (const { prefix, handler } of subscriptions) {
        if (!event.name.startsWith(prefix)) continue;
        void (async () => handler({ ...event, data }))().catch(onError);
      }
    },
  };
};

/** Levels of a name that fit into a filter: `events`, the fleet, `+` and `#` take four. */
const levelsMax = topicSlashesMax + 1 - 4;

/**
 * Returns the smallest set of topic filters that matches every event whose name begins with one of
 * the prefixes. The filters do not overlap, because the broker sends an event once for each
 * matching filter. A filter has complete levels only, so it may match more events than the
 * prefixes.
 */
export const filtersFor = (prefixes: Iterable<string>, fleet: string): string[] => {
  const distinct = [...new Set([...prefixes].map(completeLevels))];
  const widest = distinct.filter(
    (levels) => !distinct.some((other) => other !== levels && levels.startsWith(other)),
  );
  if (widest.length > eventFiltersMax || widest.includes("")) return [`events/${fleet}/#`];
  return widest.map((levels) => `events/${fleet}/+/${levels}#`).sort();
};

/** Returns `a/b/` for `a/b/c`. */
const completeLevels = (prefix: string): string =>
  prefix
    .split("/")
    .slice(0, -1)
    .slice(0, levelsMax)
    .map((level) => `${level}/`)
    .join("");
