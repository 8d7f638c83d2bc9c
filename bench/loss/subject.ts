import type { System } from "../system/system.ts";
import type { Route } from "./nodeRedFlows.ts";

/** A system under test whose worker can be killed. */
export interface Subject extends System {
  /** Sends SIGKILL to the worker. */
  kill(): Promise<void>;
  /** Restarts the worker with its state. */
  restart(): Promise<void>;
  /** Stops all processes. */
  stop(): Promise<void>;
}

/** A kind of system under test. */
export interface SubjectKind {
  readonly name: string;
  /** Events missing after this time without an arrival are lost. */
  readonly quietMsMax: number;
  start(routes: readonly Route[], descriptors?: number): Promise<Subject>;
}
