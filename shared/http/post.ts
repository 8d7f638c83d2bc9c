import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { Failure } from "../platform/failure.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import {
  targetConnectMs,
  targetReplyBytesMax,
  targetSocketsKeptMax,
  targetSocketsMax,
  targetTimeoutMs,
} from "../target/limits.ts";
import { normalizeRequest } from "../target/normalizeRequest.ts";
import type { Post, TargetReply, TargetRequest } from "../target/target.ts";

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
  const open = (url: URL, request: TargetRequest, socket: "kept" | "new"): http.ClientRequest => {
    const { rejectUnauthorized } = request;
    const secure = url.protocol === "https:";
    const agent = agents[secure ? "https:" : "http:"];
    makeRoom(agent);
    const options = { ...inBrief(request), ...connecting, agent: socket === "kept" && agent };
    return secure
      ? https.request(url, { ...options, rejectUnauthorized })
      : http.request(url, options);
  };
  return async (given) => {
    const request = normalizeRequest(given);
    const url = new URL(request.url);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (targets === "public" && isIP(host) !== 0 && !isPublicAddress(host))
      throw refusedAddress(host);
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
      throw asFailure(error, host);
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
  // A socket that is closing stays in the list for a moment: do not count it.
  const kept = Object.values(freeSockets).flatMap(
    (sockets) => sockets?.filter(({ destroyed }) => !destroyed) ?? [],
  );
  const tooMany = Math.max(0, kept.length - targetSocketsKeptMax + 1);
  for (const socket of kept.slice(0, tooMany)) socket.destroy();
};

/**
 * Node.js writes each character of a header as one byte: these characters are the bytes of UTF-8.
 */
const inBrief = ({ method, headers, body }: TargetRequest): http.RequestOptions => ({
  method,
  headers: {
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString("latin1")]),
    ),
    ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
  },
});

/** Sends the request and reads the reply within the limits. */
const exchange = (
  request: http.ClientRequest,
  { body }: TargetRequest,
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
      done(replyOf(response, Buffer.concat(chunks)));
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
  // As bytes, because Node.js would encode headers and a text body together.
  request.end(body === undefined ? undefined : Buffer.from(body));
  return promise;
};

const replyOf = async (
  { statusCode: status = 0, headers }: http.IncomingMessage,
  received: Uint8Array,
): Promise<TargetReply> => {
  const { "retry-after": retryAfter, "content-type": contentType, location } = headers;
  const bytes = await decodeReply(received, headers["content-encoding"]);
  return {
    status,
    ...omitUndefined({ retryAfter }),
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
