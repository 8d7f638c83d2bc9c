import type { Cancellation } from "../platform/cancellation.ts";

/** A request to an AWS service, complete and without its transport. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query, percent-encoded as sent. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /**
   * The access key of the role that makes the request. Absent for the account's owner, who may do
   * everything.
   */
  readonly roleKey?: string | undefined;
  /**
   * Whether the response to a send may precede its storage: the message that the request results
   * from is deleted after it, by the same journal.
   */
  readonly isOrdered?: boolean | undefined;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** The change is in order, and not stored yet. */
  readonly isUnstored?: boolean;
}

/**
 * Answers the requests of a service, at once where nothing needs to be awaited. Fails with a
 * `RestFailure`, which becomes an error response. `client` is cancelled when the client has
 * disconnected.
 */
export type AwsHandler = (
  request: AwsRequest,
  client?: Cancellation,
) => AwsResponse | Promise<AwsResponse>;
