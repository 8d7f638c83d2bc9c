import * as z from "zod/mini";
import { noInput } from "./replies.ts";
import { route } from "./route.ts";

const info = z.looseObject({ title: z.string(), version: z.string() });

/** The operations of the function `contract`: the machine-readable documents of the API. */
export const contractRoutes = {
  showOpenApi: route({
    method: "GET",
    path: "/v1/openapi.json",
    access: "everyone",
    summary: "Show the OpenAPI document of the API",
    input: noInput,
    replies: { 200: z.looseObject({ openapi: z.string(), info }) },
    example: {
      input: {},
      reply: { openapi: "3.1.0", info: { title: "Godwit", version: "1.0.0" }, paths: {} },
    },
    errors: [],
    document: true,
  }),
  showAsyncApi: route({
    method: "GET",
    path: "/v1/asyncapi.json",
    access: "everyone",
    summary: "Show the AsyncAPI document of device messages, event streams and webhooks",
    input: noInput,
    replies: { 200: z.looseObject({ asyncapi: z.string(), info }) },
    example: {
      input: {},
      reply: { asyncapi: "3.0.0", info: { title: "Godwit", version: "1.0.0" }, channels: {} },
    },
    errors: [],
    document: true,
  }),
};
