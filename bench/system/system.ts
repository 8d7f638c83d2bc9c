import * as z from "zod";
import type { Usage } from "./usage.ts";

/** A system that receives events over MQTT and posts them to targets. */
export interface System {
  readonly name: string;
  readonly mqtt: string;
  /** CA certificate for devices, PEM. */
  readonly ca: string;
  addDevice(name: string): Promise<Device>;
  /** Processor time and memory of all its processes. */
  usage(): Promise<Usage>;
  /** Stops all its processes. */
  stop(): Promise<void>;
}

/** A system whose worker can be killed. */
export interface Subject extends System {
  /** Sends SIGKILL to the worker. */
  kill(): Promise<void>;
  /** Restarts the worker with its state. */
  restart(): Promise<void>;
}

/** The target of an event name. */
export interface Route {
  readonly event: string;
  readonly url: string;
}

/** A kind of system under test. */
export interface SystemKind<Started extends System = System> {
  readonly name: string;
  start(routes: readonly Route[], descriptors?: number): Promise<Started>;
}

export const device = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

export type Device = z.output<typeof device>;

/** Address of the broker of a system process. */
export const brokerAddress = z.object({ mqtt: z.url(), ca: z.string() });

/** Name of the events of the benchmark. */
export const eventName = "bench";
