import { EventEmitter } from "node:events";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { Readable } from "node:stream";
import type { MessagePort } from "node:worker_threads";
import type { Wire, WireResponse } from "../../wire/messages.ts";

/** Maximum requests in flight on one port; further ones wait, as for a socket of an agent. */
const inFlightMax = 256;

type Respond = (response: WireResponse) => void;

/**
 * Sends this thread's HTTP requests to the given endpoints over ports instead of sockets: Node.js's
 * `http.request` returns an object with the same events. Neither the SDK nor the bundle notices.
 * Requests to other hosts, and upgrades to WebSockets, use the network.
 */
export const installWires = (wires: readonly Wire[]): void => {
  const channels = new Map<string, Channel>();
  for (const { hosts, port } of wires) {
    const channel = new Channel(port);
    for (const host of hosts) channels.set(host, channel);
  }
  const overNetwork = http.request;
  const request = (...given: readonly unknown[]): unknown => {
    const [options, listener] = given;
    const found = isOptions(options)
      ? channels.get(`${options.hostname ?? options.host}:${options.port}`)
      : undefined;
    if (!isOptions(options) || found === undefined || isUpgrade(options)) {
      return Reflect.apply(overNetwork, http, given);
    }
    return wireRequest(found, options, listener);
  };
  Reflect.set(http, "request", request);
  syncBuiltinESMExports();
};

const isOptions = (given: unknown): given is http.RequestOptions =>
  typeof given === "object" && given !== null && !(given instanceof URL);

const isUpgrade = ({ headers }: http.RequestOptions): boolean =>
  lowerCase(headers).upgrade !== undefined;

const wireRequest = (channel: Channel, options: http.RequestOptions, listener: unknown) => {
  const { hostname, host, port, method = "GET", path, headers, signal } = options;
  const address = `${hostname ?? host}:${port}`;
  const request = new WireClientRequest(channel, {
    host: address,
    method,
    url: path ?? "/",
    headers: { host: address, ...lowerCase(headers) },
  });
  if (typeof listener === "function") {
    request.once("response", (response) => Reflect.apply(listener, request, [response]));
  }
  signal?.addEventListener("abort", () => request.destroy(signal.reason));
  return request;
};

/** A port with the requests that wait for a response. */
class Channel {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Respond>();
  readonly #queued: (() => void)[] = [];
  #count = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (response: WireResponse) => {
      const respond = this.#pending.get(response.id);
      this.#settle(response.id);
      respond?.(response);
    });
    port.unref();
  }

  /** Sends a request and returns a function that aborts it. */
  send(request: object, respond: Respond): () => void {
    this.#count += 1;
    const id = this.#count;
    let isAborted = false;
    const post = (): void => {
      if (isAborted) return;
      this.#pending.set(id, respond);
      this.#port.ref();
      this.#port.postMessage({ ...request, id });
    };
    if (this.#pending.size < inFlightMax) post();
    else this.#queued.push(post);
    return () => {
      isAborted = true;
      if (!this.#pending.has(id)) return;
      this.#port.postMessage({ id, isAborted });
      this.#settle(id);
    };
  }

  #settle(id: number): void {
    this.#pending.delete(id);
    this.#queued.shift()?.();
    if (this.#pending.size === 0) this.#port.unref();
  }
}

/** What clients do with the socket of a request. There is none. */
const socket = Object.assign(new EventEmitter(), {
  connecting: false,
  setKeepAlive() {},
  setTimeout() {},
  setNoDelay() {},
  destroy() {},
});
socket.setMaxListeners(0);

type RequestHead = Readonly<{
  host: string;
  method: string;
  url: string;
  headers: Record<string, string>;
}>;

/** The part of `http.ClientRequest` that HTTP clients use. */
class WireClientRequest extends EventEmitter {
  readonly socket = socket;
  readonly writable = true;
  destroyed = false;
  readonly #channel: Channel;
  readonly #head: RequestHead;
  readonly #chunks: (string | Uint8Array)[] = [];
  #abort: () => void = () => {};
  #response: Readable | undefined;

  constructor(channel: Channel, head: RequestHead) {
    super();
    this.#channel = channel;
    this.#head = head;
  }

  setHeader(name: string, value: string | number): void {
    this.#head.headers[name.toLowerCase()] = String(value);
  }

  getHeader(name: string): string | undefined {
    return this.#head.headers[name.toLowerCase()];
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): void {}

  setSocketKeepAlive(): void {}

  flushHeaders(): void {
    if (this.#head.headers.expect !== undefined) queueMicrotask(() => this.emit("continue"));
  }

  write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(chunk);
    return true;
  }

  end(chunk?: string | Uint8Array): this {
    if (chunk !== undefined) this.#chunks.push(chunk);
    if (this.destroyed) return this;
    const body = joined(this.#chunks);
    this.#abort = this.#channel.send({ ...this.#head, body }, (response) =>
      this.#receive(response),
    );
    this.emit("finish");
    return this;
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.#abort();
    this.#response?.destroy(error);
    process.nextTick(() => {
      this.emit("error", error ?? connectionError("ECONNRESET"));
      this.emit("close");
    });
    return this;
  }

  #receive(response: WireResponse): void {
    if (this.destroyed) return;
    if ("code" in response) {
      this.destroy(connectionError(response.code));
      return;
    }
    const { status, headers, body } = response;
    const stream = new Readable({ read() {} });
    this.#response = stream;
    stream.push(Buffer.from(body));
    stream.push(null);
    stream.once("close", () => this.emit("close"));
    Object.assign(stream, {
      statusCode: status,
      statusMessage: http.STATUS_CODES[status] ?? "",
      headers,
      complete: true,
      socket,
    });
    if (!this.emit("response", stream)) stream.resume();
  }
}

const connectionError = (code: string): Error =>
  Object.assign(new Error(code === "ECONNRESET" ? "socket hang up" : code), { code });

const joined = (chunks: readonly (string | Uint8Array)[]): string | Uint8Array => {
  const [first = "", ...rest] = chunks;
  if (rest.length > 0)
    return new Uint8Array(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))));
  // A copy: posting a view would copy its whole underlying memory.
  return typeof first === "string" ? first : new Uint8Array(first);
};

const lowerCase = (headers: http.RequestOptions["headers"]): Record<string, string> => {
  if (headers === undefined || Array.isArray(headers)) return {};
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  return Object.fromEntries(entries);
};
