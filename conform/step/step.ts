import type { Finding } from "../difference/difference.ts";
import type { Emulator, EmulatorKind } from "../emulator/emulator.ts";

/** The result of one step against one emulator. */
export interface StepResult {
  /** What was done, for the table: "700 resources in 3 stacks". */
  readonly done: string;
  readonly findings: readonly Finding[];
}

/** A cloud that is deployed to an emulator. */
export interface Deployment {
  readonly kind: EmulatorKind;
  readonly emulator: Emulator;
  /** The folder with the adapted templates. */
  readonly templates: string;
  readonly regions: readonly string[];
  /** Temporary files. */
  readonly folder: string;
}
