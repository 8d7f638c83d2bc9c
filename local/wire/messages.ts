import type { MessagePort } from "node:worker_threads";

/** A port over which some services are reached. */
export interface Wire {
  /** The endpoints of the services, such as `127.0.0.1:4566`. */
  readonly hosts: readonly string[];
  readonly port: MessagePort;
}

/** A request of a function to an emulated service. */
export interface WireRequest {
  readonly id: number;
  /** The service's endpoint, such as `127.0.0.1:4566`. */
  readonly host: string;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Whether the response to a send may precede its storage (`AwsRequest`). */
  readonly isOrdered?: boolean;
  /** The request is handled when all earlier sends over this port are stored. */
  readonly waitsForStorage?: boolean;
}

/** A send of an invocation, which the function was told is accepted before it left the thread. */
export interface AcceptedSend {
  /** The endpoint of the queues. */
  readonly host: string;
  /** The operation, as in the header `x-amz-target`. */
  readonly target: string;
  readonly body: string;
}

/** Asks for an empty response when all earlier sends over this port are stored. */
export interface WireBarrier {
  readonly id: number;
  readonly isBarrier: true;
}

/** The function no longer waits for the response. */
export interface WireAbort {
  readonly id: number;
  readonly isAborted: true;
}

/** A response, or the error code of a connection that closed without one. */
export type WireResponse =
  | {
      readonly id: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | Uint8Array;
      /** The change is in order, and not stored yet. */
      readonly isUnstored?: boolean;
    }
  | { readonly id: number; readonly code: string };
