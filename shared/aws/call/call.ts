import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { callSigner, functionCredentials, type SignCall } from "../../platform/awsSignature.ts";
import { isRecord } from "../../platform/isRecord.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { Transport, TransportReply, TransportRequest } from "./transport.ts";
import { textsOf } from "./xml.ts";

/** How long a call may take, and how often it is sent. */
export interface CallPolicy {
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

/** One request to a service, without host and signature. */
export interface Call {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  /** Without `?`, percent-encoded and sorted by name. */
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An error response of AWS. It has the fields of the SDK's exceptions that this code reads. */
export class ServiceError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  /** The members of the response's JSON object. */
  readonly fields: Readonly<Record<string, unknown>>;

  /** `name` is the exception's, such as `ThrottlingException`. */
  constructor(
    name: string,
    {
      message,
      status,
      fields = {},
    }: { message: string; status: number; fields?: ServiceError["fields"] },
  ) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
    this.fields = fields;
  }
}

export interface ServiceCaller {
  /**
   * Sends a call to an endpoint such as `https://sqs.us-east-1.amazonaws.com` and returns the body
   * of its response as text. Repeats it after throttling, server errors and connection errors.
   * Fails with a `ServiceError`, an error named `TimeoutError` or, by the signal, `AbortError`, or
   * the error of the connection.
   */
  send(endpoint: string, call: Call, signal?: AbortSignal): Promise<string>;
  /** The same for a response that is not a text. */
  sendForBytes(endpoint: string, call: Call): Promise<Buffer>;
}

type Content = string | Buffer;

/** Maximum sockets of one service, as in the SDK. */
const socketsMax = 50;
/** Base and maximum of the random wait before a repetition, as in the SDK's standard mode. */
const backoffMs = 100;
const backoffMsMax = 20_000;
/**
 * While a service is down, few calls are repeated: a repetition takes credit, and a success gives
 * back what its last repetition took, or a little. The numbers are those of the SDK.
 */
const creditMax = 500;
const repetitionCost = 5;
const creditPerSuccess = 1;
const standardBytesMax = 16_777_216;

interface CallerOptions {
  /** The region of the service: the function's, or another one. */
  readonly region?: string;
  /** `false` for a connection for each request. */
  readonly keepAlive?: boolean;
  readonly responseBytesMax?: number;
}

/**
 * A caller of a service by its name in signatures. The SDK's middleware takes 0.3 to 0.6 ms of
 * processor time for each call, this takes a tenth (docs/adr/0047-lean-calls.md).
 */
export const openCaller = (
  service: string,
  policy: CallPolicy,
  {
    region: otherRegion,
    keepAlive = true,
    responseBytesMax = standardBytesMax,
  }: CallerOptions = {},
): ServiceCaller => {
  const { maxAttempts, requestHandler } = policy;
  const keep = { keepAlive, maxSockets: socketsMax };
  const agents = { "http:": new http.Agent(keep), "https:": new https.Agent(keep) };
  let sign: SignCall | undefined;
  let credit = creditMax;
  const urls = new Map<string, URL>();
  const urlOf = (endpoint: string): URL => {
    const url = urls.get(endpoint) ?? new URL(endpoint);
    urls.set(endpoint, url);
    return url;
  };
  let ownRegion: string | undefined;
  const once = (endpoint: URL, call: Call, signal: AbortSignal | undefined): Promise<Content> => {
    ownRegion ??= process.env.AWS_REGION ?? "";
    const region = otherRegion ?? ownRegion;
    const { method, path, query = "", body } = call;
    const { host, hostname, port, protocol } = endpoint;
    // Not destructured: a runtime whose functions share a thread replaces this expression.
    const transport = globalThis.awsTransport;
    // A request without a signature does not say which other region it is for.
    if (transport !== undefined && region === ownRegion) {
      const url = query === "" ? path : `${path}?${query}`;
      const unsigned = { host, method, url, headers: call.headers, body };
      const { requestTimeout } = requestHandler;
      const reply = exchangeOver(transport, unsigned, { requestTimeout, signal });
      if (reply !== undefined) return reply;
    }
    sign ??= callSigner({ service, region }, functionCredentials());
    const headers = {
      ...sign({ method, host, path, query, headers: call.headers, body }, Date.now()),
      "content-length": String(Buffer.byteLength(body)),
    };
    const isSecure = protocol === "https:";
    const url = query === "" ? path : `${path}?${query}`;
    const agent = agents[isSecure ? "https:" : "http:"];
    const options = { hostname, port, method, path: url, headers, agent, signal };
    const request = isSecure ? https.request(options) : http.request(options);
    return exchange(request, body, { ...requestHandler, responseBytesMax });
  };
  const repeat = async <Result>(
    { endpoint, call, signal }: { endpoint: string; call: Call; signal?: AbortSignal | undefined },
    read: (content: Content) => Result,
  ): Promise<Result> => {
    const url = urlOf(endpoint);
    let paid = 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const reply = await once(url, call, signal);
        credit = Math.min(creditMax, credit + (paid || creditPerSuccess));
        return read(reply);
      } catch (error) {
        if (attempt >= maxAttempts || credit < repetitionCost || !isTransient(error)) throw error;
        paid = repetitionCost;
        credit -= repetitionCost;
        const ms = Math.min(backoffMsMax, backoffMs * 2 ** (attempt - 1));
        await wait(Math.random() * ms, undefined, { signal });
      }
    }
  };
  return {
    send: (endpoint, call, signal) => repeat({ endpoint, call, signal }, textOf),
    sendForBytes: (endpoint, call) => repeat({ endpoint, call }, bytesOf),
  };
};

const textOf = (content: Content): string =>
  typeof content === "string" ? content : content.toString();

const bytesOf = (content: Content): Buffer =>
  typeof content === "string" ? Buffer.from(content) : content;

const exchange = (
  request: http.ClientRequest,
  body: string | Uint8Array,
  {
    connectionTimeout,
    requestTimeout,
    responseBytesMax,
  }: CallPolicy["requestHandler"] & { readonly responseBytesMax: number },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      request.destroy(error);
    };
    // The time until the response begins, and between its parts.
    const late = (message: string) => fail(timeoutError(message));
    const whole = setTimeout(late, requestTimeout, `no response within ${requestTimeout} ms`);
    // A request on a kept socket needs no connection.
    const connect = request.reusedSocket
      ? undefined
      : setTimeout(
          late,
          connectionTimeout,
          `the request did not establish a connection within ${connectionTimeout} ms`,
        );
    if (connect !== undefined) {
      request.on("socket", (socket) => {
        const connected = () => clearTimeout(connect);
        if (socket.connecting) socket.once("connect", connected);
        else connected();
      });
    }
    let hasResponse = false;
    request.on("error", reject);
    request.on("close", () => {
      clearTimeout(whole);
      clearTimeout(connect);
      if (hasResponse) return;
      reject(connectionError("ECONNRESET"));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        whole.refresh();
        bytes += chunk.length;
        if (bytes > responseBytesMax) fail(new Error("the response of AWS is too large"));
      });
      response.on("error", reject);
      response.on("end", () => {
        hasResponse = true;
        const content = Buffer.concat(chunks);
        const { statusCode: status = 0, headers } = response;
        if (isSuccess(status)) resolve(content);
        else reject(errorOf(status, headers, textOf(content)));
      });
    });
    request.end(body);
  });

/** Sends a call over a transport. Returns `undefined` if the transport cannot reach the host. */
const exchangeOver = (
  transport: Transport,
  request: TransportRequest,
  { requestTimeout, signal }: { requestTimeout: number; signal: AbortSignal | undefined },
): Promise<Content> | undefined => {
  const { promise, resolve, reject } = Promise.withResolvers<Content>();
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  let isOver = false;
  const leave = (): void => {
    abort?.();
    clearTimeout(timer);
    reject(abortError(signal));
  };
  const receive = (reply: TransportReply): void => {
    isOver = true;
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
    if ("code" in reply) {
      reject(connectionError(reply.code));
      return;
    }
    const { status, headers, body } = reply;
    const content = typeof body === "string" ? body : Buffer.from(body);
    if (isSuccess(status)) resolve(content);
    else reject(errorOf(status, headers, textOf(content)));
  };
  abort = transport(request, receive);
  if (abort === undefined) return undefined;
  if (isOver) return promise;
  timer = setTimeout(() => {
    abort?.();
    signal?.removeEventListener("abort", leave);
    reject(timeoutError(`no response within ${requestTimeout} ms`));
  }, requestTimeout);
  if (signal?.aborted) leave();
  else signal?.addEventListener("abort", leave, { once: true });
  return promise;
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const timeoutError = (message: string): Error =>
  Object.assign(new Error(message), { name: "TimeoutError" });

const connectionError = (code: string): Error =>
  Object.assign(new Error(code === "ECONNRESET" ? "socket hang up" : code), { code });

/** As Node.js's HTTP client does. */
const abortError = (signal: AbortSignal | undefined): Error =>
  Object.assign(new Error("The operation was aborted", { cause: signal?.reason }), {
    name: "AbortError",
    code: "ABORT_ERR",
  });

/** The name is in a header or in the body, with a namespace or a URL around it. */
const errorOf = (
  status: number,
  headers: Readonly<Record<string, unknown>>,
  body: string,
): ServiceError => {
  const parsed = body.startsWith("<") ? xmlFields(body) : parseJson(body);
  const fields = isRecord(parsed) ? parsed : {};
  const { __type, code, message, Message } = fields;
  const text = [headers["x-amzn-errortype"], __type, code].find(isText) ?? "UnknownError";
  const name = text.split(":")[0]?.split("#").at(-1) ?? text;
  const reason = [message, Message].find(isText) ?? `${name} (status ${status})`;
  return new ServiceError(name, { message: reason, status, fields });
};

const xmlFields = (xml: string): object => {
  const [code] = textsOf(xml, "Code");
  const [message] = textsOf(xml, "Message");
  return { code, message };
};

const isText = (value: unknown): value is string => typeof value === "string";

/** The names that the SDK repeats: */
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
const throttled =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceeded|ThroughputExceeded|PriorRequestNotComplete|TransactionInProgress|RequestTimeout/;

/** Whether an error is a response of AWS with this exception. */
export const isServiceError = (error: unknown, name: string): error is ServiceError =>
  error instanceof ServiceError && error.name === name;

/** Whether the same call may succeed a moment later. */
const isTransient = (error: unknown): boolean => {
  if (!(error instanceof Error) || error.name === "AbortError") return false;
  if (error instanceof ServiceError) {
    const { httpStatusCode: status } = error.$metadata;
    return status >= 500 || status === 429 || throttled.test(error.name);
  }
  return "code" in error || error.name === "TimeoutError";
};
