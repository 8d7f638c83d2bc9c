import type { JsonSchema } from "../input/documentAs.ts";
import { type GatewayRoute, routes } from "../routes/table.ts";
import { errorSchema } from "./errorResponses.ts";
import type { SchemaUse } from "./jsonSchema.ts";
import { type Components, operation } from "./operation.ts";
import { tagOf } from "./tags.ts";

/** The version of the API. A breaking change raises the first number. */
export const apiVersion = "1.0.0";

interface Options {
  /** The base URL of the API, without a slash at the end. */
  readonly server: string;
  /** Whether replies may have fields that the document lacks; `closedReply` is for tests. */
  readonly replies?: Exclude<SchemaUse, "input">;
}

/** The routes of the API. The console consists of files. */
const table = routes.filter((route) => route.function !== "console");

/**
 * The OpenAPI document of the API, from the route table. https://spec.openapis.org/oas/v3.1.1.html
 */
export const openApi = ({ server, replies = "reply" }: Options) => {
  const components: Components = { schemas: { Error: errorSchema }, responses: {} };
  return {
    openapi: "3.1.1",
    info,
    servers: [{ url: server }],
    tags: [...new Set(table.map((route) => route.function))].map(tagOf),
    paths: paths((route, id) => operation(route, id, { components, replies })),
    components: { ...components, securitySchemes },
  };
};

const info = {
  title: "Godwit",
  version: apiVersion,
  summary: "The REST API of a Godwit device cloud.",
  description: [
    "The API is compatible with Particle's clients. `x-godwit-origin` of an operation is `particle`, or `godwit` for an extension.",
    "Input is strict: the API refuses unknown fields by name. Replies may get more fields; clients ignore those that they do not know.",
    "A body may also be a form, URL-encoded or multipart, and contain the token as `access_token`.",
  ].join("\n\n"),
  license: { name: "MIT", identifier: "MIT" },
};

/** How a client of the API authenticates itself. */
export const securitySchemes = {
  token: { type: "http", scheme: "bearer", description: "An access token of `POST /oauth/token`." },
  tokenInQuery: {
    type: "apiKey",
    in: "query",
    name: "access_token",
    description: "For `EventSource` of browsers, which sets no headers.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-godwit",
    description:
      "A browser session of `POST /v1/session`. Requests that change something need its token in `X-CSRF-Token`.",
  },
  client: {
    type: "http",
    scheme: "basic",
    description: "The id and the secret of an OAuth client.",
  },
};

const paths = (
  document: (route: GatewayRoute, operationId: string) => JsonSchema,
): Record<string, Record<string, JsonSchema>> => {
  const all: Record<string, Record<string, JsonSchema>> = {};
  const ids = operationIds(table);
  for (const route of table) {
    // OpenAPI has no parameter of several segments: a client encodes the slashes.
    const path = route.path.replace("+}", "}");
    const id = ids.get(route) ?? route.name;
    all[path] = { ...all[path], [route.method.toLowerCase()]: document(route, id) };
  }
  return all;
};

/**
 * The ids of operations. The URL without a product and without an alias has the route's name.
 */
export const operationIds = (all: readonly GatewayRoute[]): ReadonlyMap<GatewayRoute, string> => {
  const taken = new Set<string>();
  return new Map(
    all.map((route) => {
      const isForProduct =
        route.path.includes("{product}") && !route.route.path.includes("{product}");
      const id = isForProduct ? `${route.name}ForProduct` : route.name;
      const free = taken.has(id) ? `${id}Alias` : id;
      taken.add(free);
      return [route, free];
    }),
  );
};
