import { onTestFinished, vi } from "vitest";
import { type EventsOptions, startEvents } from "../../../local/events/events.ts";

export const region = "us-east-1";
export const account = "000000000000";
export const place = { stack: "Stack", logicalId: "Rule", region, account };
export const credentials = { accessKeyId: "key", secretAccessKey: "secret" };

/** EventBridge with targets that record what they receive. */
export const startWorld = async (options: Partial<EventsOptions> = {}) => {
  const invokeAsync = vi.fn<(arn: string, event: unknown) => void>();
  const publish = vi.fn(async () => {});
  const send = vi.fn(async () => {});
  const log = vi.fn();
  const events = await startEvents({
    region,
    account,
    credentials,
    services: {
      lambda: { invokeAsync },
      topics: { publish },
      queues: { send },
      queuesUrl: "http://sqs",
    },
    log,
    ...options,
  });
  onTestFinished(() => events.stop());
  const addRule = (rule: Record<string, unknown>, logicalId = "Rule") => {
    const [provider] = events.providers;
    return provider!.create(provider!.properties.parse(rule), { ...place, logicalId });
  };
  return { events, addRule, invokeAsync, publish, send, log };
};
