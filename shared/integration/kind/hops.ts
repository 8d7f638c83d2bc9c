/**
 * The header that tells a target how many integrations an event has come through, this one included. A target that publishes
 * because of the request hands it back, so that loops end.
 */
export const hopsHeader = "godwit-hops";

/** What a target is told of an event: one more than it has come through. Kinds without headers of their own say it as a text beside the message. */
export const hopsAfter = ({ hops = 0 }: { readonly hops?: number | undefined }): string =>
  String(hops + 1);

/** Its name among the attributes of a message. */
export const hopsAttribute = "godwit_hops";

/** Reads the header of a request to publish; a value that is not a number of hops counts as 0. */
export const readHops = (header: string | undefined): number =>
  header !== undefined && /^\d{1,2}$/.test(header) ? Number(header) : 0;
