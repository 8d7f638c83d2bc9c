import { corsHours } from "../../sizes.ts";

/** Browsers of any origin may send a token and the headers of Particle's client. */
const headers = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
  "Access-Control-Allow-Headers":
    "Authorization,Content-Type,If-Match,Last-Event-ID,X-Particle-Project,X-Particle-Tool",
  "Access-Control-Max-Age": String(corsHours * 3_600),
};

const responseParameters = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]),
);

/** The operation OPTIONS of a path: a fixed response, without a function. */
export const preflight = {
  responses: {
    204: {
      description: "The headers of CORS.",
      headers: Object.fromEntries(
        Object.keys(headers).map((name) => [name, { schema: { type: "string" } }]),
      ),
    },
  },
  "x-amazon-apigateway-integration": {
    type: "mock",
    requestTemplates: { "application/json": '{"statusCode": 204}' },
    responses: { default: { statusCode: "204", responseParameters } },
  },
} as const;
