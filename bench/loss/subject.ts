import type { System } from "../system/system.ts";
import type { Route } from "./nodeRedFlows.ts";

/** A system whose worker can be killed. */
export interface Subject extends System {
  /** Ends the worker as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts the worker again, on what it left. */
  restart(): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
}

/** How a kind of subject is started, and judged. */
export interface SubjectKind {
  readonly name: string;
  /** So long without an arrival, and what is missing by then is lost. */
  readonly quietMsMax: number;
  start(routes: readonly Route[], descriptors?: number): Promise<Subject>;
}
