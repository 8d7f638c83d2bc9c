import type { ServerResponse } from "node:http";
import type { ResponseSink } from "../lambda/environment/environment.ts";
import { GatewayError } from "./gatewayError.ts";
import { parsePrelude } from "./httpReply.ts";
import { preludeBytesMax, streamIdleMsMax } from "./limits.ts";

const delimiter = Buffer.alloc(8);

/**
 * Makes an HTTP response of what a function streams: first the prelude, in JSON, up to 8 zero bytes, then
 * the body. Each piece goes to the client as it comes.
 *
 * When the client leaves, the function's stream is closed, so that its environment is free soon. Lambda
 * tells the function nothing then; it may run on until its time-out.
 */
export class StreamReply implements ResponseSink {
  readonly left: AbortSignal;
  /** Rejects when the gateway ends the response before the function does. Never resolves. */
  readonly cut: Promise<never>;
  readonly #response: ServerResponse;
  readonly #leaving = new AbortController();
  readonly #cutting = Promise.withResolvers<never>();
  readonly #timers: NodeJS.Timeout[];
  #held = Buffer.alloc(0);
  #hasBegun = false;

  constructor(response: ServerResponse, timeoutMs: number) {
    this.#response = response;
    this.left = this.#leaving.signal;
    this.cut = this.#cutting.promise;
    this.cut.catch(() => {});
    const onTime = (): void => this.#cut(new GatewayError("timeout"));
    this.#timers = [setTimeout(onTime, timeoutMs), setTimeout(onTime, streamIdleMsMax)];
    response.once("close", () => this.close());
  }

  /** True once the status has gone out, so that no other answer can. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#timers[1]?.refresh();
    if (this.#hasBegun) return await this.#send(piece);
    this.#held = Buffer.concat([this.#held, piece]);
    const end = this.#held.indexOf(delimiter);
    try {
      if (end === -1 && this.#held.length <= preludeBytesMax) return;
      if (end === -1) throw new GatewayError("badAnswer");
      this.#begin(this.#held.subarray(0, end).toString());
    } catch (error) {
      return this.#cut(error);
    }
    const rest = this.#held.subarray(end + delimiter.length);
    this.#held = Buffer.alloc(0);
    if (rest.length > 0) await this.#send(rest);
  }

  /** The function has said everything. Fails with `badAnswer` when that was no HTTP response. */
  end(): void {
    if (!this.#hasBegun && !this.left.aborted) throw new GatewayError("badAnswer");
    this.#response.end();
  }

  /** Nothing more can be said. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#leaving.abort();
  }

  #begin(prelude: string): void {
    const { status, headers } = parsePrelude(prelude);
    this.#hasBegun = true;
    this.#response.writeHead(status, headers.flat());
    this.#response.flushHeaders();
  }

  async #send(piece: Uint8Array): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.write(piece)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.once("drain", done).once("close", done);
    });
  }

  #cut(error: unknown): void {
    this.close();
    this.#cutting.reject(error);
  }
}
