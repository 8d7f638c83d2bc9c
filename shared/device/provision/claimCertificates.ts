import * as z from "zod/mini";

/**
 * A certificate that new devices of one product share. Its only permission is to provision a
 * device.
 */
export const claimCertificate = z.object({
  /** IoT Core's id of it: the SHA-256 of its DER form, in hex. */
  id: z.string(),
  pem: z.string(),
  product: z.number(),
  /** The prefix of the serial numbers of its devices. */
  prefix: z.optional(z.string()),
  /** Times are milliseconds since 1970. */
  createdAt: z.number(),
  endedAt: z.optional(z.number()),
});

export type ClaimCertificate = z.output<typeof claimCertificate>;

/** A region has to revoke a claim certificate that was ended. */
export interface PendingClaim {
  readonly id: string;
  /** When this was written, in milliseconds since 1970. */
  readonly since: number;
}

/** The claim certificates of all products, shared by all regions. */
export interface ClaimCertificates {
  /** Writes a certificate or its next state. Idempotent. */
  put(certificate: ClaimCertificate): Promise<void>;
  find(id: string): Promise<ClaimCertificate | undefined>;
  /** The certificates of a product, including ended ones; at most `max`. */
  list(product: number, max: number): Promise<readonly ClaimCertificate[]>;
  /** Counts one use in a minute (minutes since 1970) in this region, and returns the count. */
  count(id: string, minute: number): Promise<number>;
  /**
   * Adds pending work for regions. A later entry for the same certificate replaces an earlier one.
   */
  addPending(pending: PendingClaim, regions: readonly string[]): Promise<void>;
  /** The first `max` entries of pending work of this region. */
  listPending(max: number): Promise<readonly PendingClaim[]>;
  /** Removes an entry of this region, unless it was written again since. */
  completePending(pending: PendingClaim): Promise<void>;
}

/** The registry of one region, for claim certificates. */
export interface ClaimRegistry {
  readonly region: string;
  /** Registers the certificate with the claim policy. Idempotent. */
  admit(pem: string): Promise<void>;
  /** Revokes the certificate. Idempotent. */
  end(pem: string): Promise<void>;
}
