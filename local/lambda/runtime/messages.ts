/** One invocation, as it is handed to an execution environment. */
export interface Job {
  readonly requestId: string;
  /** The event, in JSON. */
  readonly payload: string;
  /** When the invocation began, and when it times out, in ms since 1970. */
  readonly begun: number;
  readonly deadline: number;
  readonly functionArn: string;
  readonly traceId: string;
}

/** How Lambda writes down what went wrong in a function. */
export interface ErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What an execution environment's thread needs to begin. */
export interface RuntimeData {
  readonly folder: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  readonly payloadBytesMax: number;
  readonly streamWindowBytes: number;
}

/** What the main thread tells an execution environment. */
export type ToRuntime =
  | { readonly kind: "invoke"; readonly job: Job }
  /** This many bytes of the response stream have been taken. */
  | { readonly kind: "taken"; readonly requestId: string; readonly bytes: number }
  /** Nobody reads the response stream any more. */
  | { readonly kind: "left"; readonly requestId: string };

/** What an execution environment tells the main thread. */
export type FromRuntime =
  | { readonly kind: "ready" }
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  /** The end of an invocation. A function that streamed its response has no payload. */
  | { readonly kind: "done"; readonly payload: string | undefined }
  /** The end of an invocation, or of the initialization, by an error that was caught. */
  | { readonly kind: "failed"; readonly report: ErrorReport };
