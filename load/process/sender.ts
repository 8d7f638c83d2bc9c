import type { Outcome } from "../books/sentLane.ts";

/** Sends the units of one lane. */
export interface Sender {
  /** Sends unit `seq` of a lane. Resolves at its end, and does not reject. */
  send(unit: Unit): Promise<Outcome>;
  stop(): Promise<void>;
}

/** A unit to send. */
export interface Unit {
  readonly lane: number;
  /** The number of the run. */
  readonly round: number;
  readonly seq: number;
  /** Due time, by `performance.now()` of this process. */
  readonly dueAt: number;
  /** Of an event: another name than that of the job. */
  readonly event?: string;
  /** Called when the sender has sent it. Not called for a unit that it keeps. */
  onSent(): void;
}
