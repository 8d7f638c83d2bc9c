import { type Events, type EventsOptions, startEvents } from "./events/events.ts";
import type { Lambda } from "./lambda/lambda.ts";
import type { Sqs } from "./sqs/sqs.ts";

/** The services that pass messages on: EventBridge. */
export interface Messaging {
  readonly events: Events;
}

interface MessagingDeps {
  readonly sqs: Pick<Sqs, "client" | "url">;
  readonly lambda: Pick<Lambda, "invokeAsync">;
}

/** Starts the services that pass messages on, and adds their ends to `stops`. */
export const startMessaging = async (
  options: Omit<EventsOptions, "services">,
  { sqs, lambda }: MessagingDeps,
  stops: (() => Promise<void>)[],
): Promise<Messaging> => {
  const topics = { publish: async () => {} };
  const services = { lambda, topics, queues: sqs.client, queuesUrl: sqs.url };
  const events = await startEvents({ ...options, services });
  stops.push(events.stop);
  return { events };
};
