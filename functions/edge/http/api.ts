import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type * as z from "zod";
import type {
  AuthenticateCaller,
  AuthRequest,
  Caller,
} from "#shared/account/caller/authenticateCaller.ts";
import { type ApiFunction, type RouteKey, routes } from "#shared/api/routes.ts";
import type { Access } from "#shared/api/scopes.ts";
import { readInput } from "#shared/input/readInput.ts";
import { hopsHeader, readHops } from "#shared/integration/kind/hops.ts";
import { Failure } from "#shared/platform/failure.ts";
import { logger } from "../logger.ts";
import { failureReply, reply } from "./reply.ts";
import { type Fields, header, readPath, readRequest, readToken } from "./request.ts";

/** Answers one route, which says who may use it. */
type Endpoint = (event: APIGatewayProxyEvent, access: Access) => Promise<APIGatewayProxyResult>;

/** Where a request comes from, and what it brings to be let in. */
export interface Origin {
  readonly address: string;
  readonly token: string | undefined;
  /** Names the request, so that a repeat of it does not do the same twice. */
  readonly idempotencyKey?: string | undefined;
  /** How many integrations brought the request about, as far as its sender says so. */
  readonly hops: number;
}

/** Where a request comes from, as the gateway saw it: not what a header says. */
const origin = (event: APIGatewayProxyEvent, fields: Fields): Origin => ({
  address: event.requestContext.identity.sourceIp,
  token: readToken(event, fields),
  idempotencyKey: header(event, "idempotency-key"),
  hops: readHops(header(event, hopsHeader)),
});

/** Makes routes for whoever holds a token that is good for them. */
export const signedIn =
  (authenticateCaller: AuthenticateCaller) =>
  <Schema extends z.ZodType>(
    schema: Schema,
    run: (input: z.output<Schema>, caller: Caller, origin: Origin) => Promise<object>,
    status: number | ((input: z.output<Schema>) => number) = 200,
  ): Endpoint =>
  async (event, access) => {
    const { fields, ignored } = readRequest(event);
    const caller = await authenticateCaller(asked(event, fields, access));
    const input = readInput(schema, fields, ignored);
    const answer = await run(input, caller, origin(event, fields));
    return reply(typeof status === "number" ? status : status(input), answer);
  };

/**
 * What a request says of who asks. The product is the path's: a body cannot name another one, but where
 * Particle's clients make a device of a product, whose path has none.
 */
export const asked = (
  event: APIGatewayProxyEvent,
  fields: Fields,
  access: Access,
): AuthRequest => ({
  token: readToken(event, fields),
  product: readPath(event).product ?? productOfNew(event, fields),
  access,
});

const productOfNew = (
  { httpMethod, resource }: APIGatewayProxyEvent,
  { product_id: id }: Fields,
): string | undefined => {
  if (httpMethod !== "POST" || resource !== "/v1/devices") return undefined;
  // What is no product's number or slug is refused by the route's schema.
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
};

/** An HTTP function: one endpoint for each of its routes. */
export const api = <Name extends ApiFunction>(
  endpoints: Readonly<Record<RouteKey<Name>, Endpoint>>,
) => {
  const byRoute = new Map<string, Endpoint>(Object.entries(endpoints));
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(answerFailures)
    .handler(async (event) => {
      const endpoint = byRoute.get(`${event.httpMethod} ${event.resource}`);
      if (endpoint === undefined) throw new Failure("Not found", { code: "not_found" });
      return endpoint(event, accessOf(event));
    });
};

/** Who may use the route of a request, as the table of routes says. */
export const accessOf = ({ httpMethod, resource }: APIGatewayProxyEvent): Access => {
  const route = routes.find(({ method, path }) => method === httpMethod && path === resource);
  if (route === undefined) throw new Failure("Not found", { code: "not_found" });
  return route.access;
};

/** A planned failure becomes its status. A bug is thrown on: Lambda counts it, the caller gets a 502. */
const answerFailures: MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> = {
  onError: ({ error }) => {
    if (error instanceof Failure) return failureReply(error);
    logger.error("request failed", { error });
    return undefined;
  },
};
