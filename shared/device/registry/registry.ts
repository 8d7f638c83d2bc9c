import type { DesiredCertificates } from "./certificate.ts";

/** A device's way to prove who it is. PEM text. */
export interface Credentials {
  readonly certificate: string;
  /** Absent when the device made its own and sent a signing request. */
  readonly privateKey?: string;
}

/** IoT Core's registry in one region. */
export interface Registry {
  readonly region: string;
  /**
   * Makes the thing, a certificate for it and the policy's attachment. With a signing request (PEM) the key
   * is the request's. Fails with `invalid_request` when it cannot be read.
   */
  provision(device: string, fleet: string, signingRequest?: string): Promise<Credentials>;
  /**
   * Lets a device in with a certificate (PEM) that another region made, and sees to it that it is in this fleet.
   * May be repeated. Answers whether it was in another fleet before.
   */
  admit(device: string, fleet: string, certificate: string): Promise<boolean>;
  /** Puts the device into another fleet. What it may do follows when it connects again. */
  move(device: string, fleet: string): Promise<void>;
  /**
   * Makes a certificate that belongs to no device yet: of the request's key (PEM), or of a new one. Fails with
   * `invalid_request` when the request cannot be read.
   */
  issue(signingRequest?: string): Promise<Credentials>;
  /**
   * Brings the registry in line: the device is in this fleet; these certificates let it in, unless they are suspended; every
   * other certificate of it is revoked for good. May be repeated. Open connections are not closed. Resolves to whether the
   * device was in another fleet before.
   */
  align(device: string, fleet: string, desired: DesiredCertificates): Promise<boolean>;
  /** Where devices connect: a URL. */
  endpoint(): Promise<string>;
}

/** The registries of all regions: this region's first. */
export type Registries<Part extends keyof Registry = keyof Registry> = readonly [
  Pick<Registry, Part | "region">,
  ...Pick<Registry, Part | "region">[],
];

/** Pending work of a region: to bring its registry in line with a device's row. One for each device and fleet. */
export interface PendingProvision {
  readonly device: string;
  /** Where the device was about to be. */
  readonly fleet: string;
  /** When this was written, in milliseconds since 1970. */
  readonly since: number;
  /** The device's connection may have the rights of another fleet and must be closed, whatever the registry says. */
  readonly mustDisconnect?: boolean;
  /**
   * When the registry had the device in its fleet, in milliseconds since 1970. A connection that was being opened then may have escaped
   * the cut, and may have the rights of the former fleet.
   */
  readonly movedAt?: number;
  /** A row of an earlier version, which had one key for all fleets of a device. */
  readonly isKeyedByDevice?: true;
}

/** What regions tell each other of devices. */
export interface Provisioning {
  /** With `mustDisconnect` it replaces what was written before for the same device and fleet; without, it changes nothing then. */
  addPending(pending: PendingProvision, regions: readonly string[]): Promise<void>;
  /** Replaces `mustDisconnect` by `movedAt`, if given, in what a region is owed, unless it has been written again since. */
  recordDisconnect(pending: PendingProvision, region: string): Promise<void>;
  /** A page of what this region is owed, by device and fleet. */
  listPending(page: {
    limit: number;
    after?: string;
  }): Promise<{ pending: readonly PendingProvision[]; next?: string }>;
  /** How many devices a region is owed, counted up to `max`. A new one may be missing for a moment. */
  countPending(region: string, max: number): Promise<number>;
  /** It is done, unless it has been written again since. */
  completePending(pending: PendingProvision): Promise<void>;
  /** Says where this region's devices connect, for when it cannot be asked. */
  putEndpoint(url: string): Promise<void>;
  endpoint(region: string): Promise<string | undefined>;
}
