import type { AcceptedSend, Wire } from "../../wire/messages.ts";

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
  /** The event is a batch of messages, which are deleted from their queue after the invocation. */
  readonly isBatch: boolean;
}

/** Lambda's representation of a function's error. */
export interface ErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The code of a function as one CommonJS module. */
export interface FunctionScript {
  readonly code: string;
  /** The module's file, for stack traces and `require`. */
  readonly file: string;
  /** V8's compiled code of an earlier start, if there is one. */
  readonly compiled?: Uint8Array | undefined;
  /** The file for it. */
  readonly compiledFile: string;
}

/** A function in a thread that functions share: what a thread of its own gets at its start. */
export interface SharedFunction {
  /** The module's file, which identifies its script. */
  readonly file: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  /** Its `process.env`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Its services that are not reached over HTTP. */
  readonly wires: readonly Wire[];
}

/** The initial data of a thread. */
export interface RuntimeData {
  readonly folder: string;
  /** `file.export`, as in the template. Both are empty in a thread that functions share. */
  readonly handler: string;
  readonly payloadBytesMax: number;
  readonly streamWindowBytes: number;
  /** The services that are not reached over HTTP. */
  readonly wires: readonly Wire[];
}

/** Messages from the main thread to the environment with this number. */
export type ToEnvironment = { readonly environment: number } & (
  | {
      /**
       * Loads the function for a new environment: from the script, if this thread has received one,
       * otherwise from the function's folder.
       */
      readonly kind: "open";
      readonly script?: FunctionScript;
      readonly shared?: SharedFunction;
    }
  | {
      readonly kind: "invoke";
      readonly job: Job;
      /** Whether the queues take messages, so that sends are accepted before they have left. */
      readonly acceptsSends: boolean;
    }
  /** The reader has consumed this many bytes of the response stream. */
  | { readonly kind: "taken"; readonly requestId: string; readonly bytes: number }
  /** The environment receives no further invocation. A response stream is destroyed. */
  | { readonly kind: "close" }
  /** From its next invocation on, the environment has no free descriptors, or has them again. */
  | { readonly kind: "descriptors"; readonly areExhausted: boolean }
);

/** Messages from the main thread to a thread. */
export type ToRuntime =
  | ToEnvironment
  /** Asks for a `pong`. */
  | { readonly kind: "ping" };

/** Messages from the environment with this number. */
export type FromEnvironment = { readonly environment: number } & (
  | { readonly kind: "ready"; readonly isStreaming: boolean; readonly logStream: string }
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  /** Output of a function that shares its thread with others. */
  | { readonly kind: "output"; readonly text: string }
  /** An invocation has ended. The payload is absent when the response was streamed. */
  | ({ readonly kind: "done"; readonly payload: string | undefined } & WithSends)
  /** A function that shares its thread with others called `process.exit`. */
  | { readonly kind: "exited"; readonly code: number }
  /** An invocation or the initialization has failed with an error that was caught. */
  | ({ readonly kind: "failed"; readonly report: ErrorReport } & WithSends)
);

export interface WithSends {
  /** The sends of the invocation that were accepted and have not left. */
  readonly sends?: readonly AcceptedSend[];
}

/** Messages from a thread. */
export type FromRuntime =
  | FromEnvironment
  | { readonly kind: "pong" }
  /** V8's compiled code of a script that had none, to be kept in this file for later starts. */
  | { readonly kind: "compiled"; readonly compiledFile: string; readonly compiled: Uint8Array };
