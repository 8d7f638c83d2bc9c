/** Methods of requests to targets. */
export const methods = ["GET", "POST", "PUT", "DELETE"] as const;

export type Method = (typeof methods)[number];

/** An HTTP request to a target. */
export interface TargetRequest {
  readonly method: Method;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly rejectUnauthorized: boolean;
}

/** The reply of a target. */
export interface TargetReply {
  readonly status: number;
  /** The header `Retry-After`, unparsed. */
  readonly retryAfter?: string;
  /** The header `Location`, unparsed. */
  readonly location?: string;
  readonly body: string;
  /** The body as bytes. */
  readonly bytes?: Uint8Array;
  readonly contentType?: string;
}

/**
 * Sends one HTTP request. Fails with `target_refused` or `target_unavailable` if there is no reply,
 * and with `worker_exhausted` if the worker is at fault.
 */
export type Post = (request: TargetRequest) => Promise<TargetReply>;
