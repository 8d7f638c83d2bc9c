/** The user whom a request turned out to be about, and the fleet whose log has the entry. */
interface Announced {
  readonly username: string;
  readonly fleet: string;
}

/**
 * Stores the entry of a change in the audit log, before the change. Requests without a token call
 * it when they know the user. Fails with `unavailable`: then nothing may change.
 */
export type Announce = (who: Announced) => Promise<void>;
