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
export const restHandler =
  ({ routes, access, space }: RestHandlerOptions): AwsHandler =>
  async (request) => {
    if (space !== undefined && request.method !== "GET") await requireDiskSpace(space);
    const result = await answer(request, routes, access);
    const { status, headers, text } =
      result instanceof RestReply ? result : new RestReply(JSON.stringify(result));
    return { status, headers: { "content-type": "application/json", ...headers }, body: text };
  };

const answer = async (
  request: AwsRequest,
  routes: readonly RestRoute[],
  access: Access | undefined,
): Promise<object> => {
  const { pathname: path, searchParams: query } = requestUrl(request);
  const { method, headers, body } = request;
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path, path) : undefined;
    if (params === undefined) continue;
    const given = { params, query, headers, body };
    if (request.roleKey !== undefined) {
      const { permissions } = route;
      if (permissions === undefined) throw new UnknownAction(method, route.path);
      access?.authorize(request.roleKey, permissions(given));
    }
    return route.answer(given);
  }
  throw notFound(`${method} ${path} is not supported`);
};

/** The request's URL. Its origin is a placeholder. */
export const requestUrl = ({ url = "/" }: { url?: string | undefined }): URL => {
  const parsed = URL.parse(`http://localhost${url}`);
  if (parsed === null) throw invalidRequest("the URL cannot be read");
  return parsed;
};

/** The decoded path parameters; `undefined` when the path does not match the pattern. */
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

/** A failure in the AWS REST protocol. */
export const restError = ({ status, code, message }: RestFailure): AwsResponse => ({
  status,
  headers: { "content-type": "application/json", "x-amzn-errortype": code },
  body: JSON.stringify({ message }),
});
