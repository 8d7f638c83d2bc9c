import type { ServerResponse } from "node:http";
import type { ResponseSink } from "../lambda/environment/environment.ts";
import { GatewayError } from "./gatewayError.ts";
import { parsePrelude } from "./httpReply.ts";
import { preludeBytesMax, streamIdleMsMax } from "./limits.ts";

const delimiter = Buffer.alloc(8);

/**
 * Converts a function's response stream to an HTTP response: the prelude in JSON, 8 zero bytes,
 * then the body. Each chunk is sent to the client as it arrives.
 *
 * When the client disconnects, the function is not notified, as on AWS: it runs to its end, and the
 * rest of its response is discarded.
 */
export class StreamReply implements ResponseSink {
  /** Rejects when the gateway ends the response before the function does. Never resolves. */
  readonly cut: Promise<never>;
  readonly #response: ServerResponse;
  readonly #cutting = Promise.withResolvers<never>();
  readonly #timers: NodeJS.Timeout[];
  #held = Buffer.alloc(0);
  #hasBegun = false;
  #isClosed = false;

  constructor(response: ServerResponse, timeoutMs: number) {
    this.#response = response;
    this.cut = this.#cutting.promise;
    this.cut.catch(() => {});
    const onTimeout = (): void => this.#cut(new GatewayError("timeout"));
    this.#timers = [setTimeout(onTimeout, timeoutMs), setTimeout(onTimeout, streamIdleMsMax)];
    response.once("close", () => this.close());
  }

  /** True once the status line is sent, so that no other response is possible. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  async write(piece: Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    this.#timers[1]?.refresh();
    if (this.#hasBegun) return await this.#send(piece);
    this.#held = Buffer.concat([this.#held, piece]);
    const end = this.#held.indexOf(delimiter);
    try {
      if (end === -1 && this.#held.length <= preludeBytesMax) return;
      if (end === -1) throw new GatewayError("invalidResponse");
      this.#begin(this.#held.subarray(0, end).toString());
    } catch (error) {
      return this.#cut(error);
    }
    const rest = this.#held.subarray(end + delimiter.length);
    this.#held = Buffer.alloc(0);
    if (rest.length > 0) await this.#send(rest);
  }

  /**
   * The function has ended its response. Fails with `invalidResponse` when it was not a valid HTTP
   * response.
   */
  end(): void {
    if (!this.#hasBegun && !this.#isClosed) throw new GatewayError("invalidResponse");
    this.#response.end();
  }

  /** Ends the response's timers. What the function still writes is discarded. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#isClosed = true;
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
