import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { connectDevice } from "../../bench/latency/publishers.ts";
import type { Outcome } from "../books/sentLane.ts";
import { connectingMax } from "../limits.ts";
import type { HelloJob } from "./driverJob.ts";
import type { Sender } from "./sender.ts";

/**
 * Sends hello from connected devices in turn. The firmware that it reports is the unit's number.
 */
export const openHelloSender = async ({ mqtt, ca, devices }: HelloJob): Promise<Sender> => {
  const clients = await mapConcurrently(devices, connectingMax, async (device) => ({
    device,
    client: await connectDevice({ mqtt, ca }, device),
  }));
  return {
    send({ seq, onSent }) {
      const one = clients[seq % clients.length];
      if (one === undefined) return Promise.resolve({ result: "kept", reason: "no device" });
      const { device, client } = one;
      const ended = Promise.withResolvers<Outcome>();
      const hello = { firmware: String(seq), functions: ["led"], fleet: device.fleet };
      client.publish(`hello/${device.id}`, JSON.stringify(hello), { qos: 1 }, (error) => {
        ended.resolve(error ? { result: "kept", reason: error.message } : { result: "accepted" });
      });
      onSent();
      return ended.promise;
    },
    async stop() {
      await Promise.all(clients.map(({ client }) => client.endAsync(true)));
    },
  };
};
