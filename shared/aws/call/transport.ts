/** A call as a transport takes it. */
export interface TransportRequest {
  /** The endpoint's host and port. */
  readonly host: string;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A response, or the error code of a connection that closed without one. */
export type TransportReply =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | Uint8Array;
    }
  | { readonly code: string };

/**
 * Sends a request without HTTP and without a signature, and calls `onReply` once, possibly before
 * it returns. Returns a function that aborts the request, or `undefined` if it cannot reach this
 * host. An empty reply to a send to a queue means that all messages are accepted.
 */
export type Transport = (
  request: TransportRequest,
  onReply: (reply: TransportReply) => void,
) => (() => void) | undefined;

declare global {
  /**
   * Set by a runtime on the machine of the services (`local/lambda/runtime/wireClient.ts`), which
   * knows the functions that it runs. On AWS there is none.
   */
  var awsTransport: Transport | undefined;
}
