import { EventEmitter } from "node:events";
import type { RequestOptions } from "node:http";
import { Readable } from "node:stream";
import type { MessagePort } from "node:worker_threads";
import { http } from "../../http/nodeHttp.ts";
import type { AcceptedSend, Wire, WireRequest, WireResponse } from "../../wire/messages.ts";
import type { Exchange, Port } from "./port.ts";
import { StorageOrder } from "./storageOrder.ts";

/** Maximum requests in flight on one port; further ones wait, as for a socket of an agent. */
const inFlightMax = 256;

interface Queued extends Exchange {
  readonly request: object;
}

/** The network as a function sees it. */
export interface WireNetwork {
  /** Node.js's module `http`, whose requests to the services use their ports. */
  readonly http: typeof http;
  /** `globalThis.awsTransport` for the clients in `shared/aws/call`; `undefined` without ports. */
  readonly transport: Transport | undefined;
  /** Called before each invocation. */
  startInvocation(invocation: {
    readonly isBatch: boolean;
    /** Whether the queues take messages. */
    readonly acceptsSends: boolean;
  }): void;
  /**
   * Resolves when the queues have taken the accepted sends that have
   * left; `undefined` if none has. Fails when they have refused a message.
   */
  settled(): Promise<unknown> | undefined;
  /**
   * Called at the end of each invocation, at once. Returns the accepted sends that leave with its
   * end.
   */
  endInvocation(): readonly AcceptedSend[];
  /** Closes the ports. */
  close(): void;
}

/**
 * Sends the HTTP requests to the given endpoints over ports instead of sockets: `http.request`
 * returns an object with the same events. The function does not notice. Requests to other hosts,
 * and upgrades to WebSockets, use the network. Clients that know the transport need no HTTP client
 * and no signature.
 */
export const openWireNetwork = (wires: readonly Wire[]): WireNetwork => {
  const channels = new Map<string, Channel>();
  const order = new StorageOrder();
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
    const send: SendRequest = (head, exchange) => order.send(found, head, exchange);
    return wireRequest(send, options, listener);
  };
  const descriptors = Object.getOwnPropertyDescriptors(http);
  const own: typeof http = Object.create(Object.getPrototypeOf(http), {
    ...descriptors,
    request: { ...descriptors.request, value: request },
  });
  return {
    http: own,
    transport: channels.size > 0 ? transportOver(channels, order) : undefined,
    startInvocation: (invocation) => order.start(invocation),
    settled: () => order.settled(),
    endInvocation: () => order.end(),
    close() {
      for (const { port } of wires) port.close();
    },
  };
};

/** Makes a network that of the whole thread. */
export const installNetwork = ({ http: own, transport }: WireNetwork): void => {
  Reflect.set(http, "request", own.request);
  Reflect.set(globalThis, "awsTransport", transport);
};

type Transport = (
  request: Omit<WireRequest, "id">,
  respond: (response: WireResponse) => void,
) => (() => void) | undefined;

/**
 * Sends a request whose host has a port. `respond` is called once, unless it is aborted; at once
 * for a send that is accepted (`AcceptedSends`), whose response is empty.
 */
const transportOver =
  (channels: ReadonlyMap<string, Channel>, order: StorageOrder): Transport =>
  (request, respond) => {
    const { body } = request;
    // A copy: posting a view would copy its whole underlying memory.
    const sent = typeof body === "string" ? request : { ...request, body: new Uint8Array(body) };
    const channel = channels.get(request.host);
    if (channel === undefined) return undefined;
    if (!order.accept(channel, sent)) return order.send(channel, sent, { onSent() {}, respond });
    respond({ id: 0, status: 200, headers: {}, body: "" });
    return () => {};
  };

const isOptions = (given: unknown): given is RequestOptions =>
  typeof given === "object" && given !== null && !(given instanceof URL);

const isUpgrade = ({ headers }: RequestOptions): boolean => {
  for (const name in headers) {
    if (name.length === upgrade.length && name.toLowerCase() === upgrade) return true;
  }
  return false;
};

const upgrade = "upgrade";

const wireRequest = (send: SendRequest, options: RequestOptions, listener: unknown) => {
  const { hostname, host, port, method = "GET", path, headers, signal } = options;
  const address = `${hostname ?? host}:${port}`;
  const request = new WireClientRequest(send, {
    host: address,
    method,
    url: path ?? "/",
    headers: { host: address, ...lowerCase(headers) },
  });
  if (typeof listener === "function") {
    request.once("response", (response) => Reflect.apply(listener, request, [response]));
  }
  if (signal !== undefined) destroyOnAbort(request, signal);
  return request;
};

const destroyOnAbort = (request: WireClientRequest, signal: AbortSignal): void => {
  const abort = (): void => void request.destroy(signal.reason);
  if (signal.aborted) abort();
  else {
    signal.addEventListener("abort", abort);
    request.once("close", () => signal.removeEventListener("abort", abort));
  }
};

/** A port with the requests that wait for a response. */
class Channel implements Port {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Queued>();
  /** Requests that wait until fewer are in flight. */
  readonly #queued = new Map<number, Queued>();
  #count = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (response: WireResponse) => {
      const respond = this.#pending.get(response.id)?.respond;
      this.#settle(response.id);
      respond?.(response);
    });
    // The service's thread has ended.
    port.on("close", () => {
      const ended = [...this.#pending, ...this.#queued];
      this.#pending.clear();
      this.#queued.clear();
      for (const [id, { respond }] of ended) respond({ id, code: "ECONNRESET" });
    });
    port.unref();
  }

  /**
   * Sends a request and returns a function that aborts it. Calls `onSent` when the request has
   * left.
   */
  send(request: object, { onSent, respond }: Exchange): () => void {
    this.#count += 1;
    const id = this.#count;
    const queued = { request, onSent, respond };
    if (this.#queued.size === 0 && this.#pending.size < inFlightMax) this.#post(id, queued);
    else this.#queued.set(id, queued);
    return () => {
      if (this.#pending.has(id)) this.#port.postMessage({ id, isAborted: true });
      this.#settle(id);
    };
  }

  #post(id: number, queued: Queued): void {
    if (this.#pending.size === 0) this.#port.ref();
    this.#pending.set(id, queued);
    this.#port.postMessage({ ...queued.request, id });
    queued.onSent();
  }

  #sendQueued(): void {
    for (const [id, queued] of this.#queued) {
      if (this.#pending.size >= inFlightMax) return;
      this.#queued.delete(id);
      this.#post(id, queued);
    }
  }

  #settle(id: number): void {
    this.#pending.delete(id);
    this.#queued.delete(id);
    this.#sendQueued();
    if (this.#pending.size === 0) this.#port.unref();
  }
}

/** What clients do with the socket of a request that has left. There is none. */
const connectedSocket = Object.assign(new EventEmitter(), {
  connecting: false,
  setKeepAlive() {},
  setTimeout() {},
  setNoDelay() {},
  destroy() {},
});
connectedSocket.setMaxListeners(0);

type RequestHead = Readonly<{
  host: string;
  method: string;
  url: string;
  headers: Record<string, string>;
}>;

/** Sends a request over a port. Returns a function that aborts it. */
type SendRequest = (request: Omit<WireRequest, "id">, exchange: Exchange) => () => void;

/** The part of `http.ClientRequest` that HTTP clients use. */
class WireClientRequest extends EventEmitter {
  /** `null` until the request has left, as while it waits for a socket of an agent. */
  socket: typeof connectedSocket | null = null;
  readonly writable = true;
  destroyed = false;
  readonly #send: SendRequest;
  readonly #head: RequestHead;
  readonly #chunks: (string | Uint8Array)[] = [];
  #abort: () => void = () => {};
  #response: Readable | undefined;
  #isClosed = false;

  constructor(send: SendRequest, head: RequestHead) {
    super();
    this.#send = send;
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
    this.#abort = this.#send(
      { ...this.#head, body },
      {
        onSent: () => {
          this.socket = connectedSocket;
          process.nextTick(() => this.emit("socket", connectedSocket));
        },
        respond: (response) => this.#receive(response),
      },
    );
    this.emit("finish");
    return this;
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    if (this.#isClosed) return this;
    this.#abort();
    this.#response?.destroy(error);
    process.nextTick(() => {
      const failure = this.#response === undefined ? connectionError("ECONNRESET") : undefined;
      if ((error ?? failure) !== undefined) this.emit("error", error ?? failure);
      this.#close();
    });
    return this;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit("close");
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
    stream.once("close", () => this.#close());
    Object.assign(stream, {
      statusCode: status,
      statusMessage: http.STATUS_CODES[status] ?? "",
      headers,
      complete: true,
      socket: connectedSocket,
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

const lowerCase = (headers: RequestOptions["headers"]): Record<string, string> => {
  const lower: Record<string, string> = {};
  if (headers === undefined || Array.isArray(headers)) return lower;
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = String(value);
  return lower;
};
