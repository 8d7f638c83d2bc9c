/**
 * The lease of the region that sends the notices: one region sends, and another one takes over when
 * it no longer renews its lease. While the replicas of the table cannot exchange writes, two
 * regions can hold it, and a subscriber can get a notice twice.
 */
export interface SenderLease {
  /**
   * Acquires or renews the lease of a region until a time, in milliseconds since 1970. Returns
   * whether the region holds it.
   */
  acquire(lease: {
    readonly region: string;
    readonly now: number;
    readonly until: number;
  }): Promise<boolean>;
}
