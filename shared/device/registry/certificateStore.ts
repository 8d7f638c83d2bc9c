import type { CertificateRecord } from "./certificate.ts";

/** A region is to bring its registry in line with the record of a device's certificates. */
export interface Realignment {
  readonly device: string;
  /** The record is at least this one when it has reached the region. */
  readonly revision: number;
  /** Whether a connection that exists is closed: it may be of a certificate that ended. */
  readonly cut: boolean;
  /** When this was written, in milliseconds since 1970. */
  readonly since: number;
}

/** A time at which a device's record means something else by itself. */
export interface Deadline {
  readonly device: string;
  readonly at: number;
}

/** The records of devices' certificates, shared by all regions, and what each region has still to do about them. */
export interface CertificateStore {
  find(device: string): Promise<CertificateRecord | undefined>;
  /** Those of several devices; one without a record is left out. */
  list(devices: readonly string[]): Promise<CertificateRecord[]>;
  /** Writes the next revision. Fails with `conflict` when it is not the next one. */
  put(record: CertificateRecord): Promise<void>;
  /** Says that regions are to look at a device. A later one takes the place of an earlier one. */
  owe(realignment: Realignment, regions: readonly string[]): Promise<void>;
  /** A page of what this region has to look at, by device. */
  owed(page: {
    limit: number;
    after?: string;
  }): Promise<{ owed: readonly Realignment[]; next?: string }>;
  /** It is done, unless it was written again since. */
  settle(realignment: Realignment): Promise<void>;
  /** Has every region look at a device at a time. May be repeated. */
  plan(deadline: Deadline): Promise<void>;
  /** The first deadlines that have passed and that this region has not yet dealt with. */
  due(now: number, limit: number): Promise<readonly Deadline[]>;
  /** This region has dealt with these, and with all before them. */
  pass(deadlines: readonly Deadline[]): Promise<void>;
}
