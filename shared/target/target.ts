/** The methods of requests to targets. */
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

/** What a target answered. */
export interface TargetReply {
  readonly status: number;
  /** The header `Retry-After`, as it came. */
  readonly retryAfter?: string;
  /** The header `Location`, as it came. */
  readonly location?: string;
  readonly body: string;
  /** The body as it came. */
  readonly bytes?: Uint8Array;
  readonly contentType?: string;
}

/** Makes one HTTP request. Fails with `target_refused` or `target_unavailable` when there is no reply, `worker_exhausted` when it is not to blame. */
export type Post = (request: TargetRequest) => Promise<TargetReply>;
