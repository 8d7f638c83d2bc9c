import type { Wire } from "../../wire/messages.ts";

/** One invocation, as an execution environment receives it. */
export interface Job {
  readonly requestId: string;
  /** The event, in JSON. */
  readonly payload: string;
  /** Start and timeout of the invocation, in ms since 1970. */
  readonly startedAt: number;
  readonly deadline: number;
  readonly functionArn: string;
  readonly traceId: string;
}

/** Lambda's representation of a function's error. */
export interface ErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The initial data of an execution environment's thread. */
export interface RuntimeData {
  readonly folder: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  readonly payloadBytesMax: number;
  readonly streamWindowBytes: number;
  /** The services that are not reached over HTTP. */
  readonly wires: readonly Wire[];
}

/** Messages from the main thread to an execution environment. */
export type ToRuntime =
  | { readonly kind: "invoke"; readonly job: Job }
  /** The reader has consumed this many bytes of the response stream. */
  | { readonly kind: "taken"; readonly requestId: string; readonly bytes: number }
  /** The reader of the response stream has disconnected. */
  | { readonly kind: "left"; readonly requestId: string };

/** Messages from an execution environment to the main thread. */
export type FromRuntime =
  | { readonly kind: "ready" }
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  /** An invocation has ended. The payload is absent when the response was streamed. */
  | { readonly kind: "done"; readonly payload: string | undefined }
  /** An invocation or the initialization has failed with an error that was caught. */
  | { readonly kind: "failed"; readonly report: ErrorReport };
