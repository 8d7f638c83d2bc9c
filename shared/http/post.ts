import { lookup as resolve } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Failure } from "../failure.ts";
import type { TargetRequest } from "../integration/render.ts";
import {
  targetConnectMs,
  targetReplyBytesMax,
  targetSocketsMax,
  targetSocketsTotalMax,
  targetTimeoutMs,
} from "../limits.ts";
import type { Post, TargetReply } from "../ports.ts";
import { isPublicAddress } from "./publicAddress.ts";

/** Which addresses a request may go to. */
export type Targets = "public" | "any";

const refusal = (address: string): Failure =>
  new Failure(`${address} is not a public address`, { code: "target_refused" });

/** Resolves a name and refuses it when any of its addresses is not public: what is checked is what is connected to. */
const publicLookup: LookupFunction = (hostname, options, callback) =>
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "");
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (refused !== undefined) return callback(refusal(refused.address), "");
    if (options.all) return callback(null, addresses);
    return callback(null, first?.address ?? "", first?.family);
  });

/**
 * Makes requests to targets: no redirects, `targetTimeoutMs` for the whole, `targetConnectMs` to connect, at
 * most `targetReplyBytesMax` of the reply are read, and a bounded number of sockets is kept and reused.
 */
export const httpPost = ({ targets }: { targets: Targets }): Post => {
  const options = {
    keepAlive: true,
    maxSockets: targetSocketsMax,
    maxTotalSockets: targetSocketsTotalMax,
    ...(targets === "public" && { lookup: publicLookup }),
  };
  const agents = {
    "http:": new http.Agent(options),
    "https:": new https.Agent(options),
  };
  return async (request) => {
    const url = new URL(request.url);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (targets === "public" && isIP(host) !== 0 && !isPublicAddress(host)) throw refusal(host);
    try {
      return url.protocol === "http:"
        ? await exchange(http.request(url, { ...plain(request), agent: agents["http:"] }), request)
        : await exchange(
            https.request(url, {
              ...plain(request),
              agent: agents["https:"],
              rejectUnauthorized: request.rejectUnauthorized,
            }),
            request,
          );
    } catch (error) {
      throw asFailure(error, host);
    }
  };
};

const plain = ({ method, headers, body }: TargetRequest): http.RequestOptions => ({
  method,
  headers: {
    ...headers,
    ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
  },
});

/** Sends the request and reads the reply, within the bounds. */
const exchange = (request: http.ClientRequest, { body }: TargetRequest): Promise<TargetReply> => {
  const { promise, resolve: done, reject } = Promise.withResolvers<TargetReply>();
  const fail = (message: string) =>
    request.destroy(new Failure(message, { code: "target_unavailable" }));
  const whole = setTimeout(fail, targetTimeoutMs, `no reply within ${targetTimeoutMs / 1_000} s`);
  const connect = setTimeout(
    fail,
    targetConnectMs,
    `no connection within ${targetConnectMs / 1_000} s`,
  );
  const connected = () => clearTimeout(connect);
  request.on("socket", (socket) => {
    if (!socket.connecting) connected();
    else socket.once("encrypted" in socket ? "secureConnect" : "connect", connected);
  });
  request.on("error", reject);
  request.on("response", (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = () =>
      done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
    response.on("data", (chunk: Buffer) => {
      const room = targetReplyBytesMax - size;
      chunks.push(chunk.subarray(0, room));
      size += chunk.length;
      if (size < targetReplyBytesMax) return;
      // The status is known, and no more of the reply is wanted.
      end();
      request.destroy();
    });
    response.on("end", end);
    response.on("error", reject);
  });
  request.on("close", () => {
    clearTimeout(whole);
    clearTimeout(connect);
    // After an answer this changes nothing; without one the socket closed before the reply's end.
    reject(new Failure("the connection closed before the reply", { code: "target_unavailable" }));
  });
  request.end(body);
  return promise;
};

/** Whatever keeps a request from its reply is the target's trouble, and a planned failure. */
const asFailure = (error: unknown, host: string): Failure => {
  if (error instanceof Failure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(`${host}: ${code} ${message}`.replace(/\s+/g, " ").trim(), {
    code: "target_unavailable",
    cause: error,
  });
};
