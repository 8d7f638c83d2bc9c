import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { Failure } from "../platform/failure.ts";
import {
  targetConnectMs,
  targetReplyBytesMax,
  targetSocketsKeptMax,
  targetSocketsMax,
  targetTimeoutMs,
} from "../target/limits.ts";
import { normalizeRequest } from "../target/normalizeRequest.ts";
import type { Post, TargetReply, TargetRequest } from "../target/target.ts";
import { type TargetUrl, targetUrl } from "../target/targetUrl.ts";
import { decodeReply } from "./decodeReply.ts";
import { isPublicAddress, publicLookup, type Resolve, refusedAddress } from "./publicAddress.ts";

/** Addresses that requests may go to. */
export type Targets = "public" | "any";

/**
 * Sends requests to targets: without following redirects, within `timeoutMs` in total and
 * `targetConnectMs` for the connection, reading at most `targetReplyBytesMax` of the reply. Idle
 * sockets are reused, and their number is bounded.
 */
export const httpPost = ({
  targets,
  resolve,
  timeoutMs = targetTimeoutMs,
}: {
  targets: Targets;
  resolve?: Resolve;
  timeoutMs?: number;
}): Post => {
  const connecting = targets === "public" ? { lookup: publicLookup(resolve) } : {};
  const keeping = { ...connecting, keepAlive: true, maxSockets: targetSocketsMax };
  const agents = { "http:": new http.Agent(keeping), "https:": new https.Agent(keeping) };
  const open = (
    { protocol, hostname, port, path }: TargetUrl,
    { method, headers, rejectUnauthorized }: EncodedRequest,
    socket: "kept" | "new",
  ): http.ClientRequest => {
    const ownAgent = agents[protocol];
    makeRoom(ownAgent);
    const agent = socket === "kept" && ownAgent;
    const options = { protocol, hostname, port, path, method, headers, agent, ...connecting };
    return protocol === "https:"
      ? https.request({ ...options, rejectUnauthorized })
      : http.request(options);
  };
  return async (given) => {
    const request = encoded(normalizeRequest(given));
    const url = targetUrl(given.url);
    const { hostname } = url;
    if (targets === "public" && isIP(hostname) !== 0 && !isPublicAddress(hostname))
      throw refusedAddress(hostname);
    const until = performance.now() + timeoutMs;
    const ask = (socket: "kept" | "new") =>
      exchange(open(url, request, socket), request, {
        leftMs: until - performance.now(),
        timeoutMs,
      });
    try {
      return await ask("kept").catch((error: unknown) => {
        if (error instanceof SocketWasClosed) return ask("new");
        throw error;
      });
    } catch (error) {
      throw asFailure(error, hostname);
    }
  };
};

/** The target closed an idle socket. That says nothing about its health. */
class SocketWasClosed extends Error {}

/**
 * Closes idle sockets above the limit. An agent's own limit for all sockets does not: a request to
 * a further target would wait until an idle socket closes.
 */
const makeRoom = ({ freeSockets }: http.Agent): void => {
  let free = 0;
  for (const target in freeSockets) free += freeSockets[target]?.length ?? 0;
  if (free < targetSocketsKeptMax) return;
  // A socket that is closing stays in the list for a moment: do not count it.
  const kept = Object.values(freeSockets).flatMap(
    (sockets) => sockets?.filter(({ destroyed }) => !destroyed) ?? [],
  );
  const tooMany = Math.max(0, kept.length - targetSocketsKeptMax + 1);
  for (const socket of kept.slice(0, tooMany)) socket.destroy();
};

/** A request as Node.js sends it. */
interface EncodedRequest extends Pick<TargetRequest, "method" | "rejectUnauthorized"> {
  readonly headers: Readonly<Record<string, string>>;
  /** As bytes, because Node.js would encode headers and a text body together. */
  readonly body: Buffer | undefined;
}

const encoded = (request: TargetRequest): EncodedRequest => {
  const { method, rejectUnauthorized } = request;
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const headers = Object.entries(request.headers);
  for (const header of headers) header[1] = asLatin1(header[1]);
  if (body !== undefined) headers.push(["content-length", String(body.length)]);
  return { method, rejectUnauthorized, headers: Object.fromEntries(headers), body };
};

/**
 * Node.js writes each character of a header as one byte: these characters are the bytes of UTF-8.
 * Those of ASCII are the same.
 */
const asLatin1 = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");

/** Sends the request and reads the reply within the limits. */
const exchange = (
  request: http.ClientRequest,
  { body }: EncodedRequest,
  { leftMs, timeoutMs }: { leftMs: number; timeoutMs: number },
): Promise<TargetReply> => {
  const { promise, resolve: done, reject } = Promise.withResolvers<TargetReply>();
  let replying = false;
  let isComplete = false;
  let isConnected = request.reusedSocket;
  const fail = (message: string) =>
    request.destroy(new Failure(message, { code: "target_unavailable" }));
  // What arrived while this worker's event loop was blocked is read first: timers run before it.
  const whole = setTimeout(() => {
    setImmediate(() => isComplete || fail(`no reply within ${timeoutMs / 1_000} s`));
  }, leftMs);
  // A request on a kept socket needs no connection.
  const connect = request.reusedSocket
    ? undefined
    : setTimeout(() => {
        setImmediate(
          () => isConnected || fail(`no connection within ${targetConnectMs / 1_000} s`),
        );
      }, targetConnectMs);
  if (connect !== undefined) {
    const connected = () => {
      isConnected = true;
      clearTimeout(connect);
    };
    request.on("socket", (socket) => {
      if (!socket.connecting) connected();
      else socket.once("encrypted" in socket ? "secureConnect" : "connect", connected);
    });
  }
  request.on("error", (error) => {
    // https://nodejs.org/api/http.html#requestreusedsocket
    const closed = request.reusedSocket && "code" in error && error.code === "ECONNRESET";
    reject(closed && !replying ? new SocketWasClosed() : error);
  });
  request.on("response", (response) => {
    replying = true;
    const chunks: Buffer[] = [];
    let size = 0;
    const end = () => {
      isComplete = true;
      done(readReply(response, Buffer.concat(chunks)));
    };
    response.on("data", (chunk: Buffer) => {
      const room = targetReplyBytesMax - size;
      chunks.push(chunk.subarray(0, room));
      size += chunk.length;
      if (size < targetReplyBytesMax) return;
      // The rest of the reply is not needed.
      end();
      request.destroy();
    });
    response.on("end", end);
    response.on("error", reject);
  });
  request.on("close", () => {
    clearTimeout(whole);
    clearTimeout(connect);
    if (isComplete) return;
    reject(new Failure("the connection closed before the reply", { code: "target_unavailable" }));
  });
  request.end(body);
  return promise;
};

const readReply = (
  response: http.IncomingMessage,
  received: Uint8Array,
): TargetReply | Promise<TargetReply> => {
  const { "content-encoding": encoding } = response.headers;
  if (encoding === undefined) return replyOf(response, received);
  return decodeReply(received, encoding).then((bytes) => replyOf(response, bytes));
};

const replyOf = (
  { statusCode: status = 0, headers }: http.IncomingMessage,
  bytes: Uint8Array,
): TargetReply => {
  const { "retry-after": retryAfter, "content-type": contentType, location } = headers;
  return {
    status,
    ...(retryAfter !== undefined && { retryAfter }),
    // Drops a truncated character at the end and a byte order mark.
    body: new StringDecoder("utf8").write(Buffer.from(bytes)).replace(/^\ufeff/, ""),
    bytes,
    ...(contentType && { contentType }),
    ...(location && { location }),
  };
};

/** Errors of this process or machine. */
const exhausted: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS"]);

/** Converts an error to a `Failure`: the target is at fault unless this worker is. */
const asFailure = (error: unknown, host: string): Failure => {
  if (error instanceof Failure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(`${host}: ${code} ${message}`.replace(/\s+/g, " ").trim(), {
    code: exhausted.has(code) ? "worker_exhausted" : "target_unavailable",
    cause: error,
  });
};
