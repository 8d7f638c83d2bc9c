import type { Difference } from "../difference/difference.ts";
import type { Environment } from "../process.ts";

export const emulatorNames = ["ministack", "moto"] as const;
export type EmulatorName = (typeof emulatorNames)[number];

/** An emulator of AWS that others wrote, and how this project uses it. */
export interface EmulatorKind {
  readonly name: EmulatorName;
  readonly title: string;
  /** The known differences between this emulator and AWS. */
  readonly differences: readonly Difference[];
  /** Options of `cdk deploy` that the emulator needs, for a first deployment and a later one. */
  readonly deployOptions: { readonly first: readonly string[]; readonly later: readonly string[] };
  /** Starts it on free ports of 127.0.0.1, without any state. */
  start(place: { readonly bin: string; readonly folder: string }): Promise<Emulator>;
  /** The lines of its log that report a missing or a failed feature. */
  readLog(output: string): readonly string[];
}

/** A running emulator. */
export interface Emulator {
  readonly url: string;
  /** MQTT with client certificates. */
  readonly mqttUrl?: string;
  /** The URL of an API, by its id and stage, if functions run. */
  readonly apiUrl?: (id: string, stage: string) => string;
  /** The environment of the CDK CLI and of the contracts. It has nothing of a real account. */
  readonly env: Environment;
  /** What it has logged since the last call. */
  takeLog(): string;
  stop(): Promise<void>;
}
