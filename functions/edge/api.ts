import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type * as z from "zod";
import type { KnowToken } from "#shared/account/knowToken.ts";
import type { Token } from "#shared/account/token.ts";
import type { ApiFunction, RouteKey } from "#shared/api/routes.ts";
import { Failure } from "#shared/failure.ts";
import { logger } from "./logger.ts";
import { failureBody, reply } from "./reply.ts";
import { readFields, readToken } from "./request.ts";

/** Answers one route. */
type Endpoint = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

/** A route for everybody: read the request with `schema`, run, answer JSON. */
export const open =
  <Schema extends z.ZodType>(
    schema: Schema,
    run: (input: z.output<Schema>) => Promise<object>,
  ): Endpoint =>
  async (event) =>
    reply(200, await run(readInput(schema, readFields(event))));

/** Makes routes for whoever holds a token. */
export const signedIn =
  (knowToken: KnowToken) =>
  <Schema extends z.ZodType>(
    schema: Schema,
    run: (input: z.output<Schema>, token: Token) => Promise<object>,
    status = 200,
  ): Endpoint =>
  async (event) => {
    const fields = readFields(event);
    const token = await knowToken(readToken(event, fields));
    return reply(status, await run(readInput(schema, fields), token));
  };

/** Reads what a client sent. Fails with `invalid_request` and a sentence for each thing that is wrong. */
export const readInput = <Schema extends z.ZodType>(
  schema: Schema,
  fields: unknown,
): z.output<Schema> => {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const { error: cause } = parsed;
  const sentences = cause.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Failure(sentences.join("; "), { code: "invalid_request", cause });
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
      return endpoint(event);
    });
};

/** A planned failure becomes its status. A bug is thrown on: Lambda counts it, the caller gets a 502. */
const answerFailures: MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> = {
  onError: ({ error }) => {
    if (error instanceof Failure) return reply(error.status, failureBody(error));
    logger.error("request failed", { error });
    return undefined;
  },
};
