/** A claim code that was given out, as its SHA-256. Times are milliseconds since 1970. */
export interface ClaimCode {
  readonly hash: string;
  readonly until: number;
}

/** The claim codes of fleets, and those that devices have said. */
export interface ClaimProofs {
  /** Those of a fleet, the oldest first; also those that are over. */
  codes(fleet: string): Promise<readonly ClaimCode[]>;
  /** Replaces the codes of a fleet. */
  keepCodes(fleet: string, codes: readonly ClaimCode[]): Promise<void>;
  /** Notes that a device has said a code. A later one replaces it. */
  say(device: string, hash: string): Promise<void>;
  /** The code that a device has said last. */
  said(device: string): Promise<string | undefined>;
}
