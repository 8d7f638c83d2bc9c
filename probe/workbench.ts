/** A message that the function of the workbench received. */
export interface Receipt {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** Number of messages of its batch, and an id of the batch. */
  readonly batch: string;
  readonly size: number;
}

/**
 * A function with a role, a queue that invokes it in batches, and a queue for its reports. Several
 * probes share one.
 */
export interface Workbench {
  /** Time until Lambda could assume the new role, in ms, and the number of refused attempts. */
  readonly roleMs: number;
  readonly roleAttempts: number;
  /** Sends messages to the queue. */
  send(count: number): Promise<void>;
  /** New receipts since the last call. */
  receipts(): Promise<readonly Receipt[]>;
  /** The path parameter that the function receives from a new API with a greedy path. */
  pathParameter(path: string): Promise<string>;
}

export interface WorkbenchAccount {
  /** Creates the workbench once. */
  workbench(): Promise<Workbench>;
}
