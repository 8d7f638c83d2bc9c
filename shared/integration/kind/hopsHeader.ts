/**
 * The header that tells a target how many integrations an event has come through, this one included. A target that publishes
 * because of the request hands it back, so that loops end.
 */
export const hopsHeader = "godwit-hops";

/** Reads the header of a request to publish; a value that is not a number of hops counts as 0. */
export const readHops = (header: string | undefined): number =>
  header !== undefined && /^\d{1,2}$/.test(header) ? Number(header) : 0;
