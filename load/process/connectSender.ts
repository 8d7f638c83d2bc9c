import { setTimeout as wait } from "node:timers/promises";
import { createDevice } from "../../device/client.ts";
import type { Outcome } from "../books/sentLane.ts";
import { answerMsMax } from "../limits.ts";
import type { ConnectJob } from "./driverJob.ts";
import type { Sender } from "./sender.ts";

/**
 * Connects devices with the client of this repository: it retries with full jitter when the broker
 * refuses it, and sends hello. Each device is used once, and stays connected until the end: the
 * event `online` of a device that has disconnected meanwhile may be left out. A device that is not
 * connected in time still tries.
 */
export const openConnectSender = ({ mqtt, ca, devices }: ConnectJob): Sender => {
  const open = new Set<{ close(): Promise<void> }>();
  return {
    async send({ seq, onSent }): Promise<Outcome> {
      const identity = devices[seq];
      if (identity === undefined) return { result: "kept", reason: "no device is left" };
      const device = createDevice({
        ...identity,
        ...(ca !== undefined && { ca }),
        endpoints: [mqtt],
        firmware: String(seq),
      });
      open.add(device);
      let retries = 0;
      device.on("error", () => {
        retries += 1;
      });
      onSent();
      const isConnected = await Promise.race([
        device.connect().then(() => true),
        wait(answerMsMax, false, { ref: false }),
      ]);
      if (!isConnected) return { result: "kept", reason: "still connecting" };
      return { result: "accepted", ...(retries > 0 && { reason: "connected after a retry" }) };
    },
    async stop() {
      await Promise.all([...open].map((device) => device.close()));
    },
  };
};
