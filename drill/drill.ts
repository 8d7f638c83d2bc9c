import type { Ids } from "./books.ts";
import type { CloudDeps } from "./cloudProcess.ts";
import type { Stage } from "./stage.ts";

/** The short form is what the tests run; the long one is what a person runs to believe it. */
export type Form = "short" | "long";

/** One thing that was promised, beside what was measured. */
export interface Check {
  readonly promised: string;
  readonly measured: string;
  readonly held: boolean;
  /** It says how fast something was: a machine that has other work may break it. */
  readonly isOfSpeed?: true;
}

/** What a drill found. */
export interface Found {
  readonly checks: readonly Check[];
  /** From the failure until somebody who could act knew of it, and from its end until all was well. */
  readonly detectMs?: number | undefined;
  readonly recoverMs?: number | undefined;
  readonly ids?: Ids;
  /** What is particular to this drill. */
  readonly facts?: Readonly<Record<string, number | string>>;
}

/** A failure that is made on purpose, and what is promised for it. */
export interface Drill {
  readonly name: string;
  /** What happened in that year. */
  readonly happened: string;
  readonly promise: string;
  readonly cloud: CloudDeps;
  /** It has ended by then when all is as promised. */
  readonly secondsMax: Readonly<Record<Form, number>>;
  run(stage: Stage, form: Form): Promise<Found>;
}
