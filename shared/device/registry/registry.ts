import type { DesiredCertificates } from "./certificate.ts";

/** The credentials of a device, in PEM. */
export interface Credentials {
  readonly certificate: string;
  /** Absent if the device generated its own key and sent a signing request. */
  readonly privateKey?: string;
}

/** IoT Core's registry in one region. */
export interface Registry {
  readonly region: string;
  /**
   * Creates the thing and a certificate, and attaches the policy. With a signing request (PEM) the
   * certificate has its key. Fails with `invalid_request` if the request is invalid.
   */
  provision(device: string, fleet: string, signingRequest?: string): Promise<Credentials>;
  /**
   * Registers a device with a certificate (PEM) of another region, and sets its fleet. Idempotent.
   * Returns whether it was in another fleet before.
   */
  admit(device: string, fleet: string, certificate: string): Promise<boolean>;
  /** Sets the device's fleet. Its permissions change when it connects again. */
  move(device: string, fleet: string): Promise<void>;
  /**
   * Creates a certificate that is not attached to a device: for the key of the request (PEM), or
   * for a new key. Fails with `invalid_request` if the request is invalid.
   */
  issue(signingRequest?: string): Promise<Credentials>;
  /**
   * Aligns the registry with the desired state: sets the device's fleet, activates or suspends
   * these certificates, and revokes every other certificate of the device. Idempotent. Does not
   * close open connections. Returns whether the device was in another fleet before.
   */
  align(device: string, fleet: string, desired: DesiredCertificates): Promise<boolean>;
  /** The URL at which devices connect. */
  endpoint(): Promise<string>;
}

/** The registries of all regions: this region's first. */
export type Registries<Part extends keyof Registry = keyof Registry> = readonly [
  Pick<Registry, Part | "region">,
  ...Pick<Registry, Part | "region">[],
];

/**
 * Pending work of a region: to update its registry to a device's row. One entry for each device and
 * fleet.
 */
export interface PendingProvision {
  readonly device: string;
  /** The fleet to which the device was moved. */
  readonly fleet: string;
  /** The time of the write, in milliseconds since 1970. */
  readonly since: number;
  /**
   * The device's connection may have the permissions of another fleet and must be closed,
   * regardless of the registry.
   */
  readonly mustDisconnect?: boolean;
  /**
   * The time of the move in the registry, in milliseconds since 1970. A connection that was being
   * opened then may still be open with the permissions of the former fleet.
   */
  readonly movedAt?: number;
  /** A row of an earlier version, which had one key for all fleets of a device. */
  readonly isKeyedByDevice?: true;
}

/** Pending work and endpoints of the regions. */
export interface Provisioning {
  /**
   * Adds an entry. With `mustDisconnect` it replaces an entry of the same device and fleet;
   * without, an existing entry stays.
   */
  addPending(pending: PendingProvision, regions: readonly string[]): Promise<void>;
  /**
   * Replaces `mustDisconnect` of an entry by `movedAt`, if given, unless it was written again
   * since.
   */
  recordDisconnect(pending: PendingProvision, region: string): Promise<void>;
  /** A page of this region's entries, by device and fleet. */
  listPending(page: {
    limit: number;
    after?: string;
  }): Promise<{ pending: readonly PendingProvision[]; next?: string }>;
  /** The number of a region's entries, up to `max`. Eventually consistent. */
  countPending(region: string, max: number): Promise<number>;
  /** Removes an entry, unless it was written again since. */
  completePending(pending: PendingProvision): Promise<void>;
  /** Stores this region's endpoint, for the time when the region cannot be reached. */
  putEndpoint(url: string): Promise<void>;
  endpoint(region: string): Promise<string | undefined>;
}
