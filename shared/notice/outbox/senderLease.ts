/**
 * The lease of the region that sends the notices: one region sends, and another one takes over when
 * it no longer renews its lease. Two regions can claim it before the replicas of the table have
 * exchanged their claims, of which one remains: so a claim is not enough to send. While the
 * replicas cannot exchange writes, two regions can hold it, and a subscriber can get a notice
 * twice.
 */
export interface SenderLease {
  /**
   * Renews or claims the lease of a region until a time, in milliseconds since 1970. Returns
   * whether the region has held it before, and so may send. One that has claimed it asks again in
   * its next run.
   */
  acquire(lease: {
    readonly region: string;
    readonly now: number;
    readonly until: number;
  }): Promise<boolean>;
}
