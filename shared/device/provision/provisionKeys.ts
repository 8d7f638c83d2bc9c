/** Says that a request with an idempotency key makes, or has made, a device. */
export interface ProvisionKey {
  readonly fleet: string;
  readonly key: string;
  /** A hash of what was asked for. */
  readonly digest: string;
  readonly device: string;
  /** When the request began that makes it, in milliseconds since 1970. */
  readonly since: number;
}

/** The idempotency keys of a fleet, each for `provisionKeyMs`. */
export interface ProvisionKeys {
  /** Also one whose time is over. */
  find(fleet: string, key: string): Promise<ProvisionKey | undefined>;
  /** Writes a key that is new, or in the place of `instead`. Returns `false` when another request was first. */
  put(key: ProvisionKey, instead?: ProvisionKey): Promise<boolean>;
  /** Removes it, unless another request has written it since. */
  remove(key: ProvisionKey): Promise<void>;
}
