import { setTimeout as wait } from "node:timers/promises";
import { createDevice } from "../../device/client.ts";
import type { Device } from "../../device/device.ts";
import type { Log } from "../platform/log.ts";
import { type DemoFirmware, readFirmwareKeys, startDemoFirmware } from "./demoFirmware.ts";
import type { DemoDevice } from "./records.ts";

const publishEveryMs = 5_000;
/** A restart takes this time, as on a small device. */
const restartMs = 1_000;

interface DemoDeviceDeps {
  readonly endpoints: readonly string[];
  /** The certificate of the broker's certificate authority, in PEM. */
  readonly ca: string;
  /** The folder with the slots of the device and the key document of its product. */
  readonly folder: string;
  readonly log: Log;
  /** Saves the fleet that the device was moved to. */
  saveFleet(fleet: string): Promise<void>;
}

/** What the device keeps over a restart. */
interface Memory {
  fleet: string;
  celsius: number;
}

/** A run of the device, between two restarts. */
interface Run {
  readonly device: Device;
  readonly firmware: DemoFirmware | undefined;
  /** The key document with which it has started. */
  readonly keys: string | undefined;
}

/**
 * A device that publishes its temperature every 5 seconds until it is stopped. It has a lamp (the
 * function `led`) and the variables `temperature`, `uptime`, `place` and `firmware`. With a key
 * document in its folder it takes firmware updates: an image is any file, and the variable
 * `firmware` shows the beginning of the running one.
 */
export const startDemoDevice = (
  identity: DemoDevice,
  deps: DemoDeviceDeps,
): { stop(): Promise<void> } => {
  const { folder, log } = deps;
  const memory: Memory = { fleet: identity.fleet, celsius: 21.5 };
  let isStopped = false;
  let run: Run | undefined;
  const start = async (): Promise<void> => {
    if (!isStopped) run = await startRun(identity, { ...deps, memory, restart });
  };
  const end = async (): Promise<void> => {
    await run?.device.close();
    await run?.firmware?.close();
    run = undefined;
  };
  // One step after the other: a restart may be asked for during another one.
  let steps = Promise.resolve();
  const then = (step: () => Promise<void>): Promise<void> => {
    steps = steps.then(step).catch((error: unknown) => {
      log("demo device: error", { reason: String(error) }, "warn");
    });
    return steps;
  };
  function restart(reason: string): void {
    log("demo device: restarts", { reason });
    void then(async () => {
      await end();
      await wait(restartMs);
      await start();
    });
  }
  const beat = async (): Promise<void> => {
    if (run === undefined) return;
    if ((await readFirmwareKeys(folder)) !== run.keys) {
      await end();
      await start();
    } else if (run.device.connected) publish(run.device, memory, log);
  };
  void then(start);
  const timer = setInterval(() => void then(beat), publishEveryMs);
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await then(end);
    },
  };
};

interface RunDeps extends DemoDeviceDeps {
  readonly memory: Memory;
  restart(reason: string): void;
}

const startRun = async (
  identity: DemoDevice,
  { endpoints, ca, folder, log, saveFleet, memory, restart }: RunDeps,
): Promise<Run> => {
  const startedAt = performance.now();
  const keys = await readFirmwareKeys(folder);
  const firmware =
    keys === undefined ? undefined : await startDemoFirmware(folder, { keys, restart });
  if (firmware !== undefined) {
    log("demo device: takes firmware updates", { version: firmware.version });
  } else if (keys !== undefined) {
    log("demo device: firmware-keys.json is no key document", {}, "warn");
  }
  const device = createDevice({
    ...identity,
    fleet: memory.fleet,
    ca,
    endpoints,
    ...(firmware === undefined ? { firmware: "demo-1.0.0" } : { updates: firmware.updates }),
    functions: { led },
    variables: {
      temperature: { type: "double", read: () => memory.celsius },
      uptime: { type: "int32", read: () => Math.floor((performance.now() - startedAt) / 1_000) },
      place: { type: "string", read: () => "on your desk" },
      firmware: { type: "string", read: () => firmware?.text ?? "demo-1.0.0" },
    },
    onSignal: (on) => log("demo device: signal", { on }),
    async onFleet(fleet) {
      memory.fleet = fleet;
      await saveFleet(fleet);
    },
  });
  device.on("error", (error) =>
    log("demo device: connection error", { reason: error.message }, "warn"),
  );
  void device.connect().then(
    () => publish(device, memory, log),
    () => {},
  );
  return { device, firmware, keys };
};

/** Switches the lamp. Returns its new state, or -1 for an unknown argument. */
const led = (argument: string): number => ["off", "on"].indexOf(argument);

/** Measures and publishes. Not durable: the next event follows in seconds. */
const publish = (device: Device, memory: Memory, log: Log): void => {
  memory.celsius = Math.round((memory.celsius + Math.random() - 0.5) * 10) / 10;
  void device
    .publish("temperature", String(memory.celsius), { durable: false })
    .catch((error: unknown) => log("demo device: event lost", { reason: String(error) }, "warn"));
};
