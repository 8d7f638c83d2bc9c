import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { writePayload } from "../../bench/latency/payload.ts";
import { connectDevice } from "../../bench/latency/publishers.ts";
import type { Outcome } from "../books/sentLane.ts";
import { runOf } from "../lane.ts";
import { connectingMax, deviceUnacknowledgedMax } from "../limits.ts";
import type { PublishJob } from "./driverJob.ts";
import type { Sender } from "./sender.ts";

/**
 * Publishes events from devices in turn, with QoS 1. A device has at most 100 events without a
 * PUBACK, as IoT Core permits; it keeps further ones, as in an outbox. An event without a PUBACK is
 * also still with its device.
 */
export const openPublishSender = async ({
  mqtt,
  ca,
  devices,
  event,
}: PublishJob): Promise<Sender> => {
  const publishers = await mapConcurrently(devices, connectingMax, async (device) => ({
    client: await connectDevice({ mqtt, ca }, device),
    topic: `events/${device.fleet}/${device.id}`,
    unacknowledged: 0,
  }));
  let turn = 0;
  return {
    send({ lane, round, seq, dueAt, event: name = event, onSent }) {
      const publisher = publishers[turn++ % publishers.length];
      if (publisher === undefined || publisher.unacknowledged >= deviceUnacknowledgedMax) {
        const reason = `a device has ${deviceUnacknowledgedMax} events without PUBACK`;
        return Promise.resolve({ result: "kept", reason });
      }
      publisher.unacknowledged += 1;
      const ended = Promise.withResolvers<Outcome>();
      const payload = writePayload({ run: runOf(round, lane), seq, at: dueAt });
      publisher.client.publish(`${publisher.topic}/${name}`, payload, { qos: 1 }, (error) => {
        publisher.unacknowledged -= 1;
        ended.resolve(error ? { result: "kept", reason: error.message } : { result: "accepted" });
      });
      onSent();
      return ended.promise;
    },
    async stop() {
      await Promise.all(publishers.map(({ client }) => client.endAsync(true)));
    },
  };
};
