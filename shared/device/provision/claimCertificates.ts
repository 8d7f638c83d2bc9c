import * as z from "zod/mini";

/** A certificate that many new devices of one product share, and that lets them do one thing: provision themselves. */
export const claimCertificate = z.object({
  /** IoT Core's id of it: the SHA-256 of its DER form, in hex. */
  id: z.string(),
  pem: z.string(),
  product: z.number(),
  /** Serial numbers of its devices begin with this. */
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
  /** Writes one, or its next state. May be repeated. */
  put(certificate: ClaimCertificate): Promise<void>;
  find(id: string): Promise<ClaimCertificate | undefined>;
  /** Those of a product, also those that were ended; `max` at most. */
  list(product: number, max: number): Promise<readonly ClaimCertificate[]>;
  /** Counts one use in a minute (minutes since 1970) in this region, and resolves to the count. */
  count(id: string, minute: number): Promise<number>;
  /** Adds pending work for regions. A later entry for the same certificate replaces an earlier one. */
  addPending(pending: PendingClaim, regions: readonly string[]): Promise<void>;
  /** The first `max` entries of pending work of this region. */
  listPending(max: number): Promise<readonly PendingClaim[]>;
  /** Removes an entry of this region, unless it was written again since. */
  completePending(pending: PendingClaim): Promise<void>;
}

/** Admits claim certificates to one region's broker. */
export interface ClaimRegistry {
  readonly region: string;
  /** Registers the certificate with the policy of claims. May be repeated. */
  admit(pem: string): Promise<void>;
  /** Ends it for good. May be repeated. */
  end(pem: string): Promise<void>;
}
