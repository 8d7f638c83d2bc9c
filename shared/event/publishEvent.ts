import * as z from "zod";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { Failure } from "../platform/failure.ts";
import { eventDataBytesMax } from "../platform/quotas.ts";
import { text } from "../platform/text.ts";
import { apiPublisher, cloudTopic, fitsTopic } from "../platform/topic.ts";
import { isEventName } from "./eventName.ts";
import { eventNameBytesMax } from "./limits.ts";
import type { Broker } from "./ports.ts";

export const publishInput = z.object({
  name: z
    .string()
    .refine(isEventName, {
      message:
        "must not be empty, nor hold + or # or control characters, nor have a part that is empty or begins with ?",
    })
    .refine((name) => Buffer.byteLength(name) <= eventNameBytesMax, {
      message: `must be at most ${eventNameBytesMax} bytes`,
    }),
  data: z.unknown().optional().transform(text),
  /** Particle's clients send them. Every event is its fleet's own, and none waits for who is not there. */
  private: z.union([flag, z.literal("")]).optional(),
  ttl: wholeNumber(0, 16_777_215).optional(),
});

interface Publishing {
  readonly broker: Pick<Broker, "publish">;
  readonly now: () => number;
  /** How many integrations the event has come through. */
  readonly hops?: number;
}

/**
 * Publishes an event for a user. When it answers, the broker has taken the event.
 * Fails with `too_large` when the data or the topic is longer than IoT Core takes.
 */
export const publishEvent = async (
  fleet: string,
  { name, data }: z.output<typeof publishInput>,
  { broker, now, hops = 0 }: Publishing,
): Promise<void> => {
  const payload = Buffer.from(data);
  if (payload.length > eventDataBytesMax) {
    throw new Failure(`data must be at most ${eventDataBytesMax} bytes`, { code: "too_large" });
  }
  const topic = cloudTopic({ fleet, device: apiPublisher, name, at: now(), hops });
  if (!fitsTopic(topic)) throw new Failure("name has too many parts", { code: "invalid_request" });
  await broker.publish(topic, payload);
};
