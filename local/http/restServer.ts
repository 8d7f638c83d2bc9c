import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import {
  forbidden,
  internalFailure,
  invalidRequest,
  notFound,
  RestFailure,
  tooLarge,
} from "./restFailure.ts";
import { BadSignature, checkSigned, type Signers } from "./signature.ts";

/** A request, with the parts of its path that the route names. */
export interface RestRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** One operation of an AWS service that speaks REST with JSON. */
export interface RestRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{name}` is one level; slashes in it are percent-encoded. */
  readonly path: string;
  /**
   * Gives the body of a reply 200, or a `RestReply` with everything in it. A `RestFailure` becomes the
   * reply that it describes.
   */
  answer(request: RestRequest): object | Promise<object>;
}

/** A reply that is not simply 200 and an object. */
export class RestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;

  constructor(text: string, { status = 200, headers = {} }: Partial<Omit<RestReply, "text">> = {}) {
    this.text = text;
    this.status = status;
    this.headers = headers;
  }
}

export interface RestServerOptions {
  readonly routes: readonly RestRoute[];
  readonly signers: Signers;
  readonly bodyBytesMax: number;
  readonly log: Log;
}

/** A server for the routes, which listens nowhere yet. It takes signed requests only. */
export const restServer = (options: RestServerOptions): Server => {
  const { log } = options;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const answered = await answer(request, options);
      const isWhole = answered instanceof RestReply;
      reply(response, isWhole ? answered : new RestReply(JSON.stringify(answered)));
    } catch (error) {
      const failure = asFailure(error);
      if (failure.status >= 500) log("request failed", { path: request.url, error }, "error");
      reply(response, failed(failure));
    }
  };
  return createServer((request, response) => void handle(request, response));
};

const answer = async (
  request: IncomingMessage,
  { routes, signers, bodyBytesMax }: RestServerOptions,
): Promise<object> => {
  const { pathname: path, searchParams: query } = requestUrl(request);
  const { method = "GET", headers } = request;
  const body = await readBody(request, bodyBytesMax);
  checkSigned({ method, path, query, headers, body }, signers);
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path, path) : undefined;
    if (params !== undefined) return route.answer({ params, query, headers, body });
  }
  throw notFound(`${method} ${path} is not known here`);
};

/** The URL that was asked for. Its origin is made up. */
export const requestUrl = ({ url = "/" }: IncomingMessage): URL => {
  const parsed = URL.parse(`http://localhost${url}`);
  if (parsed === null) throw invalidRequest("the URL cannot be read");
  return parsed;
};

/** The parts of a path that a pattern names, decoded; `undefined` when it does not match. */
const matchPath = (pattern: string, path: string): Record<string, string> | undefined => {
  const expected = pattern.split("/");
  const levels = path.split("/");
  if (levels.length !== expected.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, level] of levels.entries()) {
    const name = /^\{(\w+)\}$/.exec(expected[i] ?? "")?.[1];
    if (name !== undefined) params[name] = decoded(level);
    else if (level !== expected[i]) return undefined;
  }
  return params;
};

const decoded = (level: string): string => {
  try {
    return decodeURIComponent(level);
  } catch {
    throw invalidRequest("the path is not UTF-8");
  }
};

const readBody = async (request: IncomingMessage, bytesMax: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(`the body is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const asFailure = (error: unknown): RestFailure => {
  if (error instanceof RestFailure) return error;
  if (error instanceof BadSignature) return forbidden(error.message);
  return internalFailure(error instanceof Error ? error.message : String(error));
};

const failed = ({ status, code, message }: RestFailure): RestReply =>
  new RestReply(JSON.stringify({ message }), { status, headers: { "x-amzn-errortype": code } });

const reply = (response: ServerResponse, { status, headers, text }: RestReply): void => {
  response
    .writeHead(status, {
      "content-type": "application/json",
      "x-amzn-requestid": randomUUID(),
      ...headers,
    })
    .end(text);
};
