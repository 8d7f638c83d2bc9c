import * as z from "zod";

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(["path", "query", "header", "cookie"]),
  example: z.unknown().optional(),
});

const operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameter).default([]),
  requestBody: z
    .looseObject({
      content: z.looseObject({ "application/json": z.looseObject({ example: z.unknown() }) }),
    })
    .optional(),
});

const document = z.looseObject({
  servers: z.array(z.looseObject({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

/** The example request of an operation of the OpenAPI document. */
export interface ExampleRequest {
  readonly id: string;
  readonly method: string;
  /** With the values of its parameters, and its query. */
  readonly path: string;
  readonly body: string | undefined;
}

/**
 * The example requests of an OpenAPI document. `known` are ids of resources that exist, by the
 * names of path parameters. No request leads to another machine.
 */
export const exampleRequests = (
  text: unknown,
  known: Readonly<Record<string, string>>,
): ExampleRequest[] =>
  Object.entries(document.parse(text).paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody }]) => {
      const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
        const example = parameters.find(
          (each) => each.in === "path" && each.name === name,
        )?.example;
        return encodeURIComponent(known[name] ?? String(example ?? "anything"));
      });
      const query = parameters
        .filter((each) => each.in === "query" && each.example !== undefined)
        .map(({ name, example }): [string, string] => [name, String(example)]);
      const body = requestBody && JSON.stringify(requestBody.content["application/json"].example);
      return {
        id: operationId,
        method: method.toUpperCase(),
        path: query.length === 0 ? path : `${path}?${new URLSearchParams(query)}`,
        body: body?.replaceAll("https://example.com", "http://127.0.0.1:9"),
      };
    }),
  );
