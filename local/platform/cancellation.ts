/**
 * Whether a client still waits for a result. Like an `AbortSignal`, at a fraction of its cost: an
 * `AbortController` with a listener takes longer than most requests.
 */
export interface Cancellation {
  readonly isCancelled: boolean;
  /** The reason of the cancellation. */
  readonly reason: unknown;
  /** The same as a signal, for the functions of Node.js. */
  readonly signal: AbortSignal;
  /**
   * Calls `run` with the reason when the cancellation comes; at once when it has come. Returns a
   * function that removes it.
   */
  onCancel(run: (reason: unknown) => void): () => void;
}

const nothing = (): void => {};

/** A cancellation that its owner triggers, and with it those that derive from it. */
export class Canceller implements Cancellation {
  #cancelled: { readonly reason: unknown } | undefined;
  #listeners: Set<(reason: unknown) => void> | undefined;
  #controller: AbortController | undefined;
  readonly #leaveParent: () => void;

  /** `parent` cancels this one until it is closed. */
  constructor(parent?: Cancellation) {
    this.#leaveParent = parent?.onCancel((reason) => this.cancel(reason)) ?? nothing;
  }

  get isCancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  get reason(): unknown {
    return this.#cancelled?.reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onCancel((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  onCancel(run: (reason: unknown) => void): () => void {
    if (this.#cancelled !== undefined) {
      run(this.#cancelled.reason);
      return nothing;
    }
    // A function that is given twice runs twice.
    const call = (reason: unknown): void => run(reason);
    this.#listeners ??= new Set();
    this.#listeners.add(call);
    return () => void this.#listeners?.delete(call);
  }

  /** Cancels. Further calls have no effect. */
  cancel(reason: unknown): void {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = { reason };
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const run of listeners) run(reason);
  }

  /** Ends the connection to its parent, which may live longer. */
  close(): void {
    this.#leaveParent();
  }
}

/** The reason of a cancellation when the client of a request has disconnected. */
export const clientLeft = (): Error => new DOMException("the client has left", "AbortError");
