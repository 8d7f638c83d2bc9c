/** A part of the attempts that all workers of a region may make at one target. */
export interface AttemptQuotaRequest {
  /** In seconds since 1970. */
  readonly second: number;
  /** Attempts of all workers in this second. */
  readonly allowed: number;
  readonly wanted: number;
}

/** The attempts of a region at recovering targets, counted over all workers. */
export interface AttemptQuota {
  /**
   * Takes attempts of a second. Returns how many it took, from 0 to `wanted`: fewer than `wanted`
   * if the second has no more. Over all workers, it never takes more than the largest `allowed`.
   */
  acquire(integration: string, request: AttemptQuotaRequest): Promise<number>;
}
