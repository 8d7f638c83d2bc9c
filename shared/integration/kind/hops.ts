/**
 * The header with the number of integrations that an event has passed through, including this one.
 * A target that publishes because of the request returns it, so that loops end.
 */
export const hopsHeader = "godwit-hops";

/**
 * Returns the number of hops to send with an event. Kinds without own headers send it as a message
 * attribute.
 */
export const hopsAfter = ({ hops = 0 }: { readonly hops?: number | undefined }): string =>
  String(hops + 1);

/** Name of the message attribute. */
export const hopsAttribute = "godwit_hops";

/** Parses the header of a publish request. A malformed value counts as 0. */
export const readHops = (header: string | undefined): number =>
  header !== undefined && /^\d{1,2}$/.test(header) ? Number(header) : 0;
