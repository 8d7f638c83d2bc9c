import * as z from "zod/mini";
import { flag } from "../input/flag.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { eventText } from "../platform/eventText.ts";
import { Failure } from "../platform/failure.ts";
import { eventDataBytesMax } from "../platform/quotas.ts";
import { apiPublisher, cloudTopic, fitsTopic } from "../platform/topic.ts";
import { isEventName } from "./eventName.ts";
import { eventNameBytesMax } from "./limits.ts";
import type { Broker } from "./ports.ts";

export const publishInput = z.object({
  name: z.string().check(
    z.refine(isEventName, {
      message:
        "must not be empty, must not contain +, # or control characters, and no part between slashes may be empty or begin with ?",
    }),
    z.refine((name) => Buffer.byteLength(name) <= eventNameBytesMax, {
      message: `must be at most ${eventNameBytesMax} bytes`,
    }),
  ),
  data: z.pipe(z.optional(z.unknown()), z.transform(eventText)),
  /**
   * Accepted from Particle's clients and ignored: every event is private, and none is stored for
   * its subscribers.
   */
  private: z.optional(z.union([flag, z.literal("")])),
  ttl: z.optional(wholeNumber(0, 16_777_215)),
});

interface Deps {
  readonly broker: Pick<Broker, "publish">;
  readonly now: () => number;
  /** The number of integrations that the event has passed through. */
  readonly hops?: number;
}

/**
 * Publishes an event for a user. Resolves when the broker has accepted the event. Fails with
 * `too_large` if the data is longer than IoT Core accepts, and with `invalid_request` if the topic
 * is.
 */
export const publishEvent = async (
  fleet: string,
  { name, data }: z.output<typeof publishInput>,
  { broker, now, hops = 0 }: Deps,
): Promise<void> => {
  const payload = Buffer.from(data);
  if (payload.length > eventDataBytesMax) {
    throw new Failure(`data must be at most ${eventDataBytesMax} bytes`, { code: "too_large" });
  }
  const topic = cloudTopic({ fleet, device: apiPublisher, name, at: now(), hops });
  if (!fitsTopic(topic)) throw new Failure("name has too many parts", { code: "invalid_request" });
  await broker.publish(topic, payload);
};
