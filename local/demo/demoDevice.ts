import { createDevice } from "../../device/client.ts";
import type { Device } from "../../device/device.ts";
import type { Log } from "../platform/log.ts";
import type { DemoDevice } from "./records.ts";

const publishEveryMs = 5_000;

interface DemoDeviceDeps {
  readonly endpoints: readonly string[];
  /** The certificate of the broker's certificate authority, in PEM. */
  readonly ca: string;
  readonly log: Log;
  /** Saves the fleet that the device was moved to. */
  saveFleet(fleet: string): Promise<void>;
}

/**
 * A device that publishes its temperature every 5 seconds until it is stopped. It has a lamp (the
 * function `led`) and the variables `temperature`, `uptime` and `place`.
 */
export const startDemoDevice = (
  identity: DemoDevice,
  { endpoints, ca, log, saveFleet }: DemoDeviceDeps,
): { stop(): Promise<void> } => {
  const startedAt = performance.now();
  let celsius = 21.5;
  const device = createDevice({
    ...identity,
    ca,
    endpoints,
    firmware: "demo-1.0.0",
    functions: { led },
    variables: {
      temperature: { type: "double", read: () => celsius },
      uptime: { type: "int32", read: () => Math.floor((performance.now() - startedAt) / 1_000) },
      place: { type: "string", read: () => "on your desk" },
    },
    onSignal: (on) => log("demo device: signal", { on }),
    onFleet: saveFleet,
  });
  device.on("error", (error) =>
    log("demo device: connection error", { reason: error.message }, "warn"),
  );

  const publish = () => {
    celsius = Math.round((celsius + Math.random() - 0.5) * 10) / 10;
    publishNow(device, String(celsius), log);
  };
  void device.connect().then(publish, () => {});
  const timer = setInterval(() => device.connected && publish(), publishEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await device.close();
    },
  };
};

/** Switches the lamp. Returns its new state, or -1 for an unknown argument. */
const led = (argument: string): number => ["off", "on"].indexOf(argument);

/** Not durable: the next event follows in seconds. */
const publishNow = (device: Device, celsius: string, log: Log): void => {
  void device
    .publish("temperature", celsius, { durable: false })
    .catch((error: unknown) => log("demo device: event lost", { reason: String(error) }, "warn"));
};
