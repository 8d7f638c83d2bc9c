import type { Access } from "./scopes.ts";

/** One line of the API: what a client asks for and which function answers it. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As API Gateway writes it: `{name}` is one level, `{name+}` is the rest. */
  readonly path: string;
  /** The file in `functions/` that answers. */
  readonly function: string;
  readonly access: Access;
  /** The reply is a stream without an end (server-sent events). */
  readonly stream?: true;
}

/**
 * Every HTTP route. A new route is one line here and one entry in its function. What is under
 * `/v1/products/{product}` is the same for the fleet of a product.
 */
export const routes = [
  {
    method: "POST",
    path: "/v1/integrations",
    function: "integrations",
    access: "integrations:create",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations",
    function: "integrations",
    access: "integrations:create",
  },
  {
    method: "GET",
    path: "/v1/integrations",
    function: "integrations",
    access: "integrations:list",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations",
    function: "integrations",
    access: "integrations:list",
  },
  {
    method: "GET",
    path: "/v1/integrations/{integration}",
    function: "integrations",
    access: "integrations:get",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations/{integration}",
    function: "integrations",
    access: "integrations:get",
  },
  {
    method: "DELETE",
    path: "/v1/integrations/{integration}",
    function: "integrations",
    access: "integrations:remove",
  },
  {
    method: "DELETE",
    path: "/v1/products/{product}/integrations/{integration}",
    function: "integrations",
    access: "integrations:remove",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/signing-secret",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/enable",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "PUT",
    path: "/v1/integrations/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "PUT",
    path: "/v1/products/{product}/integrations/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  // Webhooks are integrations of one kind, under a name of their own.
  {
    method: "POST",
    path: "/v1/webhooks",
    function: "integrations",
    access: "integrations:create",
  },
  {
    method: "GET",
    path: "/v1/webhooks",
    function: "integrations",
    access: "integrations:list",
  },
  {
    method: "GET",
    path: "/v1/webhooks/{integration}",
    function: "integrations",
    access: "integrations:get",
  },
  {
    method: "PUT",
    path: "/v1/webhooks/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "DELETE",
    path: "/v1/webhooks/{integration}",
    function: "integrations",
    access: "integrations:remove",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/webhooks",
    function: "integrations",
    access: "integrations:create",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/webhooks",
    function: "integrations",
    access: "integrations:list",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/webhooks/{integration}",
    function: "integrations",
    access: "integrations:get",
  },
  {
    method: "PUT",
    path: "/v1/products/{product}/webhooks/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "DELETE",
    path: "/v1/products/{product}/webhooks/{integration}",
    function: "integrations",
    access: "integrations:remove",
  },
  {
    method: "GET",
    path: "/v1/integrations/{integration}/dead-letters",
    function: "deadLetters",
    access: "integrations:get",
  },
  {
    method: "GET",
    path: "/v1/integrations/{integration}/ledger",
    function: "integrations",
    access: "integrations:get",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/signing-secret",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/enable",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations/{integration}/dead-letters",
    function: "deadLetters",
    access: "integrations:get",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations/{integration}/ledger",
    function: "integrations",
    access: "integrations:get",
  },
  {
    method: "POST",
    path: "/v1/integrations/preview",
    function: "previews",
    access: "integrations:create",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/preview",
    function: "previews",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/test",
    function: "previews",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/preview",
    function: "previews",
    access: "integrations:create",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/preview",
    function: "previews",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/test",
    function: "previews",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/dead-letters/replay",
    function: "jobs",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/integrations/{integration}/jobs",
    function: "jobs",
    access: "integrations:get",
  },
  {
    method: "GET",
    path: "/v1/integrations/{integration}/jobs/{job}",
    function: "jobs",
    access: "integrations:get",
  },
  {
    method: "DELETE",
    path: "/v1/integrations/{integration}/jobs/{job}",
    function: "jobs",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/dead-letters/replay",
    function: "jobs",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations/{integration}/jobs",
    function: "jobs",
    access: "integrations:get",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations/{integration}/jobs/{job}",
    function: "jobs",
    access: "integrations:get",
  },
  {
    method: "DELETE",
    path: "/v1/products/{product}/integrations/{integration}/jobs/{job}",
    function: "jobs",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/backfill",
    function: "jobs",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/archive",
    function: "archiveSettings",
    access: "user",
  },
  {
    method: "PUT",
    path: "/v1/archive",
    function: "archiveSettings",
    access: "user",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/backfill",
    function: "jobs",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/archive",
    function: "archiveSettings",
    access: "archive:get",
  },
  {
    method: "PUT",
    path: "/v1/products/{product}/archive",
    function: "archiveSettings",
    access: "archive:update",
  },
  {
    method: "PATCH",
    path: "/v1/integrations/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "PATCH",
    path: "/v1/webhooks/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/integrations/{integration}/clone",
    function: "integrations",
    access: "integrations:create",
  },
  {
    method: "DELETE",
    path: "/v1/integrations/{integration}/dead-letters",
    function: "deadLetters",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/integrations/{integration}/dead-letters/{letter}",
    function: "deadLetters",
    access: "integrations:get",
  },
  {
    method: "DELETE",
    path: "/v1/integrations/{integration}/dead-letters/{letter}",
    function: "deadLetters",
    access: "integrations:update",
  },
  {
    method: "PATCH",
    path: "/v1/products/{product}/integrations/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "PATCH",
    path: "/v1/products/{product}/webhooks/{integration}",
    function: "integrations",
    access: "integrations:update",
  },
  {
    method: "POST",
    path: "/v1/products/{product}/integrations/{integration}/clone",
    function: "integrations",
    access: "integrations:create",
  },
  {
    method: "DELETE",
    path: "/v1/products/{product}/integrations/{integration}/dead-letters",
    function: "deadLetters",
    access: "integrations:update",
  },
  {
    method: "GET",
    path: "/v1/products/{product}/integrations/{integration}/dead-letters/{letter}",
    function: "deadLetters",
    access: "integrations:get",
  },
  {
    method: "DELETE",
    path: "/v1/products/{product}/integrations/{integration}/dead-letters/{letter}",
    function: "deadLetters",
    access: "integrations:update",
  },
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
