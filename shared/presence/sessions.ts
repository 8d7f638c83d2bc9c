import type { Session } from "./session.ts";

/** What is known of devices' connections: a row for each device and region. */
export interface Sessions {
  /** The session of this region, as it is now. */
  find(device: string): Promise<Session | undefined>;
  /** Those of all regions, as of a moment ago. */
  list(devices: readonly string[]): Promise<Session[]>;
  /** Those of this region, as of a moment ago. */
  listHere(devices: readonly string[]): Promise<Session[]>;
  /** Of this region. Answers `false` when it is not the next revision: somebody else wrote it. */
  put(session: Session): Promise<boolean>;
}

/** Since when the sessions of this region are whole, kept beside them: it is lost when they are. */
export interface Epochs {
  /** As of a moment ago. `undefined` when it is not there. */
  find(): Promise<number | undefined>;
  /** Begins one unless there is one. Answers the one in force. */
  begin(now: number): Promise<number>;
}

/** How far the sweep of a region's sessions is: where a round goes on, unless it is over, and when it began. */
export interface SweepPlace {
  readonly roundAt: number;
  readonly after?: string;
}

/** Where the sweep of this region's sessions is, kept beside them: when they are lost, it begins anew. */
export interface Sweeps {
  find(): Promise<SweepPlace | undefined>;
  put(place: SweepPlace): Promise<void>;
}
