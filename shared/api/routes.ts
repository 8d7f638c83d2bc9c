/** One line of the API: what a client asks for and which function answers it. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As API Gateway writes it: `{name}` is one level, `{name+}` is the rest. */
  readonly path: string;
  /** The file in `functions/` that answers. */
  readonly function: string;
  /** The reply is a stream without an end (server-sent events). */
  readonly stream?: true;
}

/** Every HTTP route. A new route is one line here and one entry in its function. */
export const routes = [
  { method: "POST", path: "/oauth/token", function: "accounts" },
  { method: "GET", path: "/v1/user", function: "accounts" },
  { method: "GET", path: "/v1/devices", function: "devices" },
  { method: "POST", path: "/v1/devices/events", function: "publish" },
  { method: "GET", path: "/v1/devices/events", function: "stream", stream: true },
  { method: "GET", path: "/v1/devices/events/{prefix+}", function: "stream", stream: true },
  { method: "GET", path: "/v1/devices/{device}/events", function: "stream", stream: true },
  {
    method: "GET",
    path: "/v1/devices/{device}/events/{prefix+}",
    function: "stream",
    stream: true,
  },
  { method: "POST", path: "/v1/integrations", function: "integrations" },
  { method: "GET", path: "/v1/integrations", function: "integrations" },
  { method: "GET", path: "/v1/integrations/{integration}", function: "integrations" },
  { method: "DELETE", path: "/v1/integrations/{integration}", function: "integrations" },
  { method: "GET", path: "/v1/integrations/{integration}/dead-letters", function: "integrations" },
] as const satisfies readonly Route[];

/** The functions that answer HTTP. */
export type ApiFunction = (typeof routes)[number]["function"];

/** `GET /v1/user` and so on: how a function's own table names its routes. */
export type RouteKey<Name extends ApiFunction> =
  Extract<(typeof routes)[number], { function: Name }> extends infer R
    ? R extends { method: infer M extends string; path: infer P extends string }
      ? `${M} ${P}`
      : never
    : never;
