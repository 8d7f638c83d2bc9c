import createFetchClient, { type Client, type Middleware } from "openapi-fetch";
import type { paths } from "./schema.ts";

export { type EventFrame, frameReader } from "./eventFrames.ts";
export type { components, operations, paths } from "./schema.ts";

/** What a client sends with its requests. */
export interface GodwitOptions {
  /** The URL of the API without a slash at the end, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** An access token, or a function that returns the current one. Without it, cookies are sent. */
  readonly token?: string | (() => string | undefined);
  /** The CSRF token of a browser session: requests with a cookie that change something need it. */
  readonly csrfToken?: () => string | undefined;
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A typed client: `GET`, `POST`, … with the paths of the OpenAPI document. */
export type GodwitClient = Client<paths>;

/** Makes a client of the API for browsers and Node.js. */
export const createGodwitClient = ({ url, fetch, ...credentials }: GodwitOptions): GodwitClient => {
  const client = createFetchClient<paths>({ baseUrl: url, ...(fetch && { fetch }) });
  client.use(checkPath, authorize(credentials));
  return client;
};

/**
 * Refuses names that would change the path of a request, and so be another operation.
 * https://url.spec.whatwg.org/#double-dot-path-segment
 */
const checkPath: Middleware = {
  onRequest({ params }) {
    for (const [name, value] of Object.entries(params.path ?? {})) {
      const text = String(value);
      if (/^\.{0,2}$/.test(text)) {
        throw new TypeError(`${name}: ${JSON.stringify(text)} cannot be a part of a path`);
      }
    }
  },
};

const authorize = ({
  token,
  csrfToken,
}: Pick<GodwitOptions, "token" | "csrfToken">): Middleware => ({
  onRequest({ request }) {
    const bearer = typeof token === "function" ? token() : token;
    if (bearer !== undefined) request.headers.set("authorization", `Bearer ${bearer}`);
    const csrf = csrfToken?.();
    if (csrf !== undefined) request.headers.set("x-csrf-token", csrf);
  },
});

/** An error of the API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** A code such as `not_found`, or, for calls of devices, a sentence. */
  readonly code: string;
  /** Time after which a repeat may succeed, if the API knows it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    about: { status: number; code: string; retryAfterSeconds?: number },
  ) {
    super(message);
    this.status = about.status;
    this.code = about.code;
    this.retryAfterSeconds = about.retryAfterSeconds;
  }
}

interface Result<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** A success has the body of its route, which may be none (204). */
const isSuccess = <Data>(result: Result<Data>): result is Result<Data> & { readonly data: Data } =>
  result.response.ok;

/**
 * The body of a successful reply.
 *
 * ```ts
 * const devices = await reply(client.GET("/v1/devices"));
 * ```
 *
 * Fails with an `ApiError` for every other status.
 */
export const reply = async <Data>(request: Promise<Result<Data>>): Promise<Data> => {
  const result = await request;
  if (isSuccess(result)) return result.data;
  const { error, response } = result;
  const { status, headers } = response;
  const wait = Number(headers.get("retry-after") ?? Number.NaN);
  const code = textOf(error, "error") ?? `http_${status}`;
  const message = textOf(error, "error_description") ?? `The API answered ${status}.`;
  const known = Number.isFinite(wait) && { retryAfterSeconds: wait };
  throw new ApiError(message, { status, code, ...known });
};

const textOf = (body: unknown, name: "error" | "error_description"): string | undefined => {
  if (typeof body !== "object" || body === null) return undefined;
  const value: unknown = Reflect.get(body, name);
  return typeof value === "string" ? value : undefined;
};
