import { Writable } from "node:stream";

/** Transport from a response stream to its reader. */
export interface Transport {
  send(bytes: Uint8Array): void;
  /** Maximum bytes in transit that the reader has not consumed. */
  readonly windowBytes: number;
}

/**
 * The stream that a streaming function writes its response to.
 *
 * Each write is sent as one chunk, so that it can reach the HTTP client as one chunk. Lambda does
 * not guarantee this (chunks may be merged or split), so clients must not rely on it.
 */
export class ResponseStream extends Writable {
  /** Called at the first write: writes the prelude of an HTTP response. */
  _onBeforeFirstWrite: ((write: (chunk: string | Uint8Array) => void) => void) | undefined;
  contentType = "application/octet-stream";
  readonly #transport: Transport;
  #hasStarted = false;
  #unreadBytes = 0;
  #resume: (() => void) | undefined;

  constructor(transport: Transport) {
    super();
    this.#transport = transport;
  }

  setContentType(contentType: string): void {
    if (this.#hasStarted) throw new Error("Cannot set content-type, too late.");
    this.contentType = contentType;
  }

  /**
   * Only `write` sends the prelude; `end(chunk)` alone does not, as in Lambda's runtime.
   * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/ResponseStream.js
   */
  override write(chunk: unknown, ...rest: never[]): boolean {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this._onBeforeFirstWrite?.((piece) => super.write(piece));
    }
    const isData = typeof chunk === "string" || chunk instanceof Uint8Array;
    return super.write(isData ? chunk : JSON.stringify(chunk), ...rest);
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    this.#unreadBytes += chunk.byteLength;
    this.#transport.send(chunk);
    if (this.#unreadBytes < this.#transport.windowBytes) done();
    else this.#resume = done;
  }

  /** The reader has consumed this many bytes. */
  taken(bytes: number): void {
    this.#unreadBytes -= bytes;
    if (this.#unreadBytes >= this.#transport.windowBytes) return;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

/**
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/HttpResponseStream.js
 */
export const httpResponseStream = {
  /** Turns the stream into an HTTP response: status and headers first, then 8 zero bytes. */
  from(stream: ResponseStream, prelude: unknown): ResponseStream {
    stream.setContentType("application/vnd.awslambda.http-integration-response");
    const text = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(text);
      write(new Uint8Array(8));
    };
    return stream;
  },
};
