import type { Access } from "../iam/access.ts";
import { type Permission, UnknownAction } from "../iam/permission/permission.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import type { AwsHandler, AwsRequest, AwsResponse } from "./awsRequest.ts";
import { requireDiskSpace } from "./requireDiskSpace.ts";
import { invalidRequest, notFound, type RestFailure } from "./restFailure.ts";

/** A request with the path parameters of its route. */
export interface RestRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: AwsRequest["headers"];
  readonly body: Buffer;
}

/** One operation of an AWS service with the REST JSON protocol. */
export interface RestRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{name}` matches one segment; slashes in it are percent-encoded. */
  readonly path: string;
  /** The permissions that a request needs. A role cannot use an operation without them. */
  readonly permissions?: (request: RestRequest) => readonly Permission[];
  /**
   * Returns the body of a response 200, or a `RestReply`. A `RestFailure` becomes the response that
   * it describes.
   */
  answer(request: RestRequest): object | Promise<object>;
}

/** A response with its own status, headers or text. */
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

export interface RestHandlerOptions {
  readonly routes: readonly RestRoute[];
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  /** The disk that every request except GET writes to, if any. */
  readonly space?: DiskSpace | undefined;
}

/** Answers requests by their routes. */
export const restHandler = ({ routes, access, space }: RestHandlerOptions): AwsHandler => {
  const compiled = routes.map((route) => ({ route, levels: pathLevels(route.path) }));
  const find = (method: string, path: string) => {
    const levels = path.split("/");
    for (const { route, levels: expected } of compiled) {
      const params = route.method === method ? matchPath(expected, levels) : undefined;
      if (params !== undefined) return { route, params };
    }
    throw notFound(`${method} ${path} is not supported`);
  };
  const answer = (request: AwsRequest): AwsResponse | Promise<AwsResponse> => {
    const { pathname: path, searchParams: query } = requestUrl(request);
    const { method, headers, body, roleKey } = request;
    const { route, params } = find(method, path);
    const given = { params, query, headers, body };
    if (roleKey !== undefined) {
      const { permissions } = route;
      if (permissions === undefined) throw new UnknownAction(method, route.path);
      access?.authorize(roleKey, permissions(given));
    }
    const result = route.answer(given);
    return result instanceof Promise ? result.then(responseOf) : responseOf(result);
  };
  return (request) => {
    if (space === undefined || !space.isFull || request.method === "GET") return answer(request);
    return requireDiskSpace(space).then(() => answer(request));
  };
};

const responseOf = (result: object): AwsResponse => {
  const { status, headers, text } =
    result instanceof RestReply ? result : new RestReply(JSON.stringify(result));
  return { status, headers: { "content-type": "application/json", ...headers }, body: text };
};

/** The request's URL. Its origin is a placeholder. */
export const requestUrl = ({ url = "/" }: { url?: string | undefined }): URL => {
  const parsed = URL.parse(`http://localhost${url}`);
  if (parsed === null) throw invalidRequest("the URL cannot be read");
  return parsed;
};

/** A level of a path: a text, or the name of a parameter. */
type Level = string | { readonly name: string };

const pathLevels = (pattern: string): Level[] =>
  pattern.split("/").map((level) => {
    const name = /^\{(\w+)\}$/.exec(level)?.[1];
    return name === undefined ? level : { name };
  });

/** The decoded path parameters; `undefined` when the path does not match the pattern. */
const matchPath = (
  expected: readonly Level[],
  levels: readonly string[],
): Record<string, string> | undefined => {
  if (levels.length !== expected.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, level] of levels.entries()) {
    const wanted = expected[i] ?? "";
    if (typeof wanted === "object") params[wanted.name] = decoded(level);
    else if (level !== wanted) return undefined;
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

/** A failure in the AWS REST protocol. */
export const restError = ({ status, code, message }: RestFailure): AwsResponse => ({
  status,
  headers: { "content-type": "application/json", "x-amzn-errortype": code },
  body: JSON.stringify({ message }),
});
