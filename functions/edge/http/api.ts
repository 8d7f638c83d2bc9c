import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import * as z from "zod/mini";
import type {
  AuthenticateCaller,
  AuthRequest,
  Caller,
} from "#shared/account/caller/authenticateCaller.ts";
import type { Access } from "#shared/api/scopes.ts";
import type { Announce } from "#shared/audit/announce.ts";
import { readInput } from "#shared/input/readInput.ts";
import { hopsHeader, readHops } from "#shared/integration/kind/hops.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { ExpectedVersions } from "#shared/platform/version.ts";
import { type Body, formsOf, type Replies, type Route, usualStatus } from "#shared/routes/route.ts";
import { logger } from "../logger.ts";
import { countSlices } from "../metrics.ts";
import { apiOf } from "./apiOf.ts";
import { type Browser, browserOf, type Credentials, readCredentials } from "./browser.ts";
import type { Csv } from "./csv.ts";
import { readIfMatch } from "./ifMatch.ts";
import { type Auditor, recordAnnounced, recordRequest, specOf } from "./recordRequest.ts";
import {
  failureReply,
  type Html,
  type Raw,
  reply,
  type Status,
  type Versioned,
  type WithCookie,
} from "./reply.ts";
import { type Fields, header, readBasic, readPath, readRequest } from "./request.ts";

type Result = Promise<APIGatewayProxyResult>;

/** Answers one route. The access is that of the URL that the client used. */
export type Endpoint<R extends Route> = (
  route: R,
  event: APIGatewayProxyEvent,
  access: Access,
) => Result;

/** An endpoint for each route of a group. */
export type Endpoints<Routes extends Readonly<Record<keyof Routes, Route>>> = {
  readonly [Name in keyof Routes]: Endpoint<Routes[Name]>;
};

/** The body of a reply with the usual status, or a reply of another form. */
type Answer<R extends Route> = Promise<
  | Body<R["replies"]>
  | Versioned<Body<R["replies"]> & object>
  | Raw
  | Csv
  | Html
  | Status
  | WithCookie<Body<R["replies"]>>
>;

/** Where a request comes from, and its credentials. */
export interface Origin {
  /** The client's IP address. */
  readonly address: string;
  /** The URL of the API that the client used, without a slash at the end. */
  readonly api: string;
  /** Reading them fails as `readCredentials` does. */
  readonly credentials: Credentials;
  readonly browser: Browser;
  /** Identifies the request, so that a repeat has no second effect. */
  readonly idempotencyKey?: string | undefined;
  /** The versions of the resource that the client accepts for a change. */
  readonly expected?: ExpectedVersions;
  /** The number of integrations that the request has passed through, as its sender reports it. */
  readonly hops: number;
}

/**
 * Answers a route that needs no token and changes nothing: reads the request with the route's
 * schema and runs `run`.
 */
export const open =
  <R extends Route<z.core.$ZodType, Replies, "everyone">>(
    run: (input: z.output<R["input"]>, origin: Origin) => Answer<R>,
  ): Endpoint<R> =>
  async (route, event) => {
    const { fields, ignored } = readRequest(event, route);
    const input = readInput<R["input"]>(route.input, fields, ignored);
    return reply(usualStatus(route), await run(input, originOf(event, fields)));
  };

/** The IP address is the one that API Gateway saw, not one from a header. */
const originOf = (
  event: APIGatewayProxyEvent,
  fields: Fields,
  expected?: ExpectedVersions,
): Origin => ({
  address: event.requestContext.identity.sourceIp,
  get api() {
    return apiOf(event);
  },
  get credentials() {
    return readCredentials(event, fields);
  },
  browser: browserOf(event, fields),
  idempotencyKey: header(event, "idempotency-key"),
  hops: readHops(header(event, hopsHeader)),
  expected,
});

/**
 * Answers a route with `run` if the request has HTTP Basic credentials, and with `otherwise` if
 * not.
 */
export const orBasic =
  <R extends Route>(
    run: (basic: { name: string; password: string }, origin: Origin) => Answer<R>,
    otherwise: Endpoint<R>,
  ): Endpoint<R> =>
  async (route, event, access) => {
    const basic = readBasic(event);
    if (basic === undefined) return otherwise(route, event, access);
    const { fields, ignored } = readRequest(event, route);
    readInput(z.object({}), fields, ignored);
    return reply(usualStatus(route), await run(basic, originOf(event, {})));
  };

/** What an endpoint records in another way than the others. */
interface Recording<R extends Route> {
  /** The fleet whose log has the entry, if it is not that of the caller. */
  readonly fleet: (input: z.output<R["input"]>, caller: Caller) => Promise<string | undefined>;
}

/**
 * Makes endpoints for routes that need a token with the access of the route. A request that may
 * change something runs with its entry in the audit log.
 */
export const signedIn =
  (authenticateCaller: AuthenticateCaller, auditor?: Auditor) =>
  <R extends Route>(
    run: (input: z.output<R["input"]>, caller: Caller, origin: Origin) => Answer<R>,
    recording?: Recording<R>,
  ): Endpoint<R> =>
  async (route, event, access) => {
    const { fields, ignored } = readRequest(event, route);
    const caller = await authenticateCaller(callerRequest(event, fields, access));
    const input = readInput<R["input"]>(route.input, fields, ignored);
    const origin = originOf(event, fields, readIfMatch(event, route));
    const answer = () => run(input, caller, origin);
    const spec = specOf(route, input);
    if (spec === undefined) return reply(usualStatus(route), await answer());
    const fleet = await recording?.fleet(input, caller);
    const request = { event, spec, fields, access, caller, fleet };
    return reply(
      usualStatus(route),
      await recordRequest(request, answer, requireAuditor(auditor, route)),
    );
  };

const requireAuditor = (auditor: Auditor | undefined, { method, path }: Route): Auditor => {
  if (auditor !== undefined) return auditor;
  throw new Error(`${method} ${path} needs the audit log`);
};

/**
 * Makes endpoints for routes that need no token and may change something. `run` announces the
 * change when it knows the user, before it changes anything.
 */
export const announcing =
  (auditor: Auditor | undefined) =>
  <R extends Route<z.core.$ZodType, Replies, "everyone">>(
    run: (input: z.output<R["input"]>, origin: Origin, announce: Announce) => Answer<R>,
  ): Endpoint<R> =>
  async (route, event, access) => {
    const { fields, ignored } = readRequest(event, route);
    const input = readInput<R["input"]>(route.input, fields, ignored);
    const spec = specOf(route, input);
    if (spec === undefined) throw new Error(`${route.path} records nothing`);
    const answer = await recordAnnounced(
      { event, spec, fields, access },
      (announce) => run(input, originOf(event, fields), announce),
      requireAuditor(auditor, route),
    );
    return reply(usualStatus(route), answer);
  };

/**
 * The credentials of a request, and the product that it names. Only the path can name a product.
 * The exception is `POST /v1/devices`, whose body names the product in Particle's clients.
 */
export const callerRequest = (
  event: APIGatewayProxyEvent,
  fields: Fields,
  access: Access,
): AuthRequest => ({
  ...readCredentials(event, fields),
  product: readPath(event).product ?? productOfNew(event, fields),
  access,
});

const productOfNew = (
  { httpMethod, resource }: APIGatewayProxyEvent,
  { product_id: id }: Fields,
): string | undefined => {
  if (httpMethod !== "POST" || resource !== "/v1/devices") return undefined;
  // The route's schema refuses any other type.
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
};

/** The route of a request, and the access that its URL needs. Fails with `not_found`. */
export const formOf = <R extends Route>(
  routes: Readonly<Record<string, R>>,
  { httpMethod, resource }: APIGatewayProxyEvent,
): { route: R; access: Access } => {
  for (const route of Object.values(routes)) {
    const form = formsOf(route).find(({ path }) => path === resource);
    if (route.method === httpMethod && form !== undefined) return { route, access: form.access };
  }
  throw new Failure("Not found", { code: "not_found" });
};

type Run = (event: APIGatewayProxyEvent) => Result;

const runsOf = <Routes extends Readonly<Record<keyof Routes, Route>>>(
  routes: Routes,
  endpoints: Endpoints<Routes>,
): ReadonlyMap<string, Run> => {
  const runs = new Map<string, Run>();
  for (const name in routes) {
    const route = routes[name];
    const endpoint = endpoints[name];
    for (const { path, access } of formsOf(route)) {
      runs.set(`${route.method} ${path}`, (event) => endpoint(route, event, access));
    }
  }
  return runs;
};

/** The handler of a function that answers routes of the REST API. */
export const api = <Routes extends Readonly<Record<keyof Routes, Route>>>(
  routes: Routes,
  endpoints: Endpoints<Routes>,
) => {
  const runs = runsOf(routes, endpoints);
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(answerFailures)
    .handler(async (event) => {
      const run = runs.get(`${event.httpMethod} ${event.resource}`);
      if (run === undefined) throw notDeployed();
      return run(event);
    });
};

/**
 * API Gateway has a route that this function lacks: an update of the deployment is in progress. The
 * status must not be 404, which clients take for a deleted resource.
 */
const notDeployed = (): Failure =>
  new Failure("This route is being updated. Try again in a minute.", { code: "unavailable" });

/** Whether the cloud failed, not the client, the device or a target. */
const isOwnFault = (error: Error | null | undefined): boolean =>
  !(error instanceof Failure) || error.code === "unavailable" || error.code === "worker_exhausted";

/**
 * Answers a planned failure with its status. Rethrows any other error: Lambda counts it, and API
 * Gateway answers 502.
 */
const answerFailures: MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> = {
  onError: ({ error, event: { httpMethod, resource } }) => {
    if (isOwnFault(error)) {
      countSlices("RequestsFailed", "route", new Map([[`${httpMethod} ${resource}`, 1]]));
    }
    if (error instanceof Failure) return failureReply(error);
    logger.error("request failed", { error });
    return undefined;
  },
};
