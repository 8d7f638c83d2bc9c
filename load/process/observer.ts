/** Watches for arrivals of units and reports each one. */
export interface Observer {
  /** The URL of a target. */
  readonly url?: string;
  /** Looks for arrivals now, where nothing is pushed. Called about once a second. */
  look?(): Promise<void>;
  stop(): Promise<void>;
}

/** Reports an arrival of a unit of a lane: of this run, if it does not name another one. */
export type Report = (lane: number, seq: number, round?: number) => void;
