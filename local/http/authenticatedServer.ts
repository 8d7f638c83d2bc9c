import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Log } from "../platform/log.ts";
import { rateLimitedLog } from "../platform/rateLimitedLog.ts";
import { crossOriginReason } from "./crossOrigin.ts";
import { requestTimeouts } from "./httpServer.ts";
import { exceedsDepth } from "./jsonDepth.ts";
import { bodiesBytesMax, connectionsMax, jsonDepthMax } from "./limits.ts";
import { createServer } from "./nodeHttp.ts";
import {
  busy,
  forbidden,
  internalFailure,
  invalidRequest,
  RestFailure,
  tooLarge,
} from "./restFailure.ts";
import {
  BadSignature,
  type SignatureProblem,
  type Signers,
  verifyAccessKey,
  verifyRequest,
} from "./signature.ts";

export interface AuthenticatedServerOptions {
  readonly signers: Signers;
  readonly bodyBytesMax: number;
  /** Whether a request's body is JSON, whose depth is limited to `jsonDepthMax`. */
  readonly isJson: (request: IncomingMessage) => boolean;
  /** Sends a failure in the format of the service. */
  readonly sendError: (
    response: ServerResponse,
    failure: RestFailure,
    request: IncomingMessage,
  ) => void;
  readonly log: Log;
}

/**
 * Handles a request with its complete body and the access key of its role; `undefined` for the
 * account's owner. Any error, also an asynchronous one, becomes a response 500 and never terminates
 * the process.
 */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  roleKey: string | undefined,
) => unknown;

/**
 * Creates the HTTP server of an emulated AWS service, which does not listen yet. It passes on only
 * requests of local programs that are signed with the credentials of this start, within limits of
 * size, depth and time (docs/local.md).
 */
export const createAuthenticatedServer = (
  options: AuthenticatedServerOptions,
  handle: RequestHandler,
): Server => {
  const { sendError } = options;
  const log = rateLimitedLog(options.log);
  const bodies = { bytes: 0 };
  const fail = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
    const failure = asFailure(error);
    if (failure.status >= 500) log("request failed", { path: request.url, error }, "error");
    if (failure.code === "ForbiddenException") log("request refused", { reason: failure.message });
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    // The rest of the body is not read.
    if (!request.complete) response.shouldKeepAlive = false;
    sendError(response, failure, request);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { body, roleKey } = await authenticate(request, options, bodies);
      await handle(request, response, body, roleKey);
    } catch (error) {
      fail(request, response, error);
    }
  };
  const server = createServer(requestTimeouts(), (request, response) => {
    // A broken connection is not a failure of the service.
    request.on("error", () => {});
    response.on("error", () => {});
    void serve(request, response);
  });
  server.maxConnections = connectionsMax;
  server.on("clientError", (_error, socket) => {
    if (!socket.writable) socket.destroy();
    else {
      const answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
      socket.end(answer, () => socket.destroy());
    }
  });
  return server;
};

/**
 * Authenticates a request and returns its body and the access key of its role. Fails as early as
 * possible, before more of the body is read than needed.
 */
const authenticate = async (
  request: IncomingMessage,
  { signers, bodyBytesMax, isJson }: AuthenticatedServerOptions,
  bodies: { bytes: number },
): Promise<{ body: Buffer; roleKey: string | undefined }> => {
  const reason = crossOriginReason(request.headers);
  if (reason !== undefined) throw forbidden(reason);
  verifyAccessKey(request, signers);
  const bytes = Number(request.headers["content-length"] ?? 0);
  if (bytes > bodyBytesMax) throw tooLarge(`the body is larger than ${bodyBytesMax} bytes`);
  const body = await readBody(request, bodyBytesMax, bodies);
  const roleKey = verifyRequest(request, body, signers);
  if (isJson(request)) checkDepth(body);
  return { body, roleKey };
};

/** Fails for JSON that is nested too deeply. */
export const checkDepth = (json: Uint8Array): void => {
  if (!exceedsDepth(json, jsonDepthMax)) return;
  throw invalidRequest(`the JSON is nested more deeply than ${jsonDepthMax} levels`);
};

const readBody = async (
  request: IncomingMessage,
  bytesMax: number,
  bodies: { bytes: number },
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      bodies.bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(`the body is larger than ${bytesMax} bytes`);
      if (bodies.bytes > bodiesBytesMax) throw busy("too many large requests at once");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    bodies.bytes -= bytes;
  }
};

/** The refusal of a request with an invalid signature. */
export class SignatureFailure extends RestFailure {
  readonly problem: SignatureProblem;

  constructor({ message, problem }: BadSignature) {
    super(message, { status: 403, code: "ForbiddenException" });
    this.problem = problem;
  }
}

/** The error response to any failure of a request. */
export const asFailure = (error: unknown): RestFailure => {
  if (error instanceof RestFailure) return error;
  if (error instanceof BadSignature) return new SignatureFailure(error);
  if (error instanceof SyntaxError) return invalidRequest(`the body is not JSON: ${error.message}`);
  return internalFailure(error instanceof Error ? error.message : String(error));
};
