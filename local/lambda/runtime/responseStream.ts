import { Writable } from "node:stream";

/** How a response stream reaches its reader. */
export interface Transport {
  send(bytes: Uint8Array): void;
  /** Bytes that may be on their way before the reader has taken any. */
  readonly windowBytes: number;
}

/**
 * What a streaming function writes its response to.
 *
 * A write is sent as one piece, so that it can become one piece for the HTTP client too. Lambda promises
 * no such thing (pieces may be merged or cut); a client must not rely on it there.
 */
export class ResponseStream extends Writable {
  /** Called with the first write: puts the prelude of an HTTP response before it. */
  _onBeforeFirstWrite: ((write: (chunk: string | Uint8Array) => void) => void) | undefined;
  contentType = "application/octet-stream";
  readonly #transport: Transport;
  #begun = false;
  #untakenBytes = 0;
  #resume: (() => void) | undefined;

  constructor(transport: Transport) {
    super();
    this.#transport = transport;
  }

  setContentType(contentType: string): void {
    if (this.#begun) throw new Error("Cannot set content-type, too late.");
    this.contentType = contentType;
  }

  /**
   * Only `write` puts the prelude first: `end(chunk)` alone sends none, as in the runtime of Lambda.
   * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/ResponseStream.js
   */
  override write(chunk: unknown, ...rest: never[]): boolean {
    if (!this.#begun) {
      this.#begun = true;
      this._onBeforeFirstWrite?.((piece) => super.write(piece));
    }
    const isData = typeof chunk === "string" || chunk instanceof Uint8Array;
    return super.write(isData ? chunk : JSON.stringify(chunk), ...rest);
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    this.#untakenBytes += chunk.byteLength;
    this.#transport.send(chunk);
    if (this.#untakenBytes < this.#transport.windowBytes) done();
    else this.#resume = done;
  }

  /** The reader has taken this many bytes. */
  taken(bytes: number): void {
    this.#untakenBytes -= bytes;
    if (this.#untakenBytes >= this.#transport.windowBytes) return;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

/** https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/HttpResponseStream.js */
export const httpResponseStream = {
  /** Makes the stream an HTTP response: its status and headers go first, then 8 zero bytes. */
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
