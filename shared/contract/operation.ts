import * as z from "zod/mini";
import type { Access } from "../api/scopes.ts";
import type { JsonSchema } from "../input/documentAs.ts";
import { errorsOf, type Route } from "../routes/route.ts";
import type { GatewayRoute } from "../routes/table.ts";
import { errorResponses } from "./errorResponses.ts";
import { jsonSchema, type SchemaUse } from "./jsonSchema.ts";
import { capitalized, nameObjects } from "./nameObjects.ts";
import { originOf } from "./origin.ts";
import { tagOf } from "./tags.ts";

/** The parts that operations share, by name. */
export interface Components {
  readonly schemas: Record<string, JsonSchema>;
  readonly responses: Record<string, JsonSchema>;
}

interface Context {
  readonly components: Components;
  readonly replies: Exclude<SchemaUse, "input">;
}

/** One operation of the OpenAPI document: one URL and method of a route. */
export const operation = (
  gatewayRoute: GatewayRoute,
  operationId: string,
  { components, replies }: Context,
): JsonSchema => {
  const { route, path, access, name, function: answeredBy } = gatewayRoute;
  const input = splitInput(gatewayRoute);
  return {
    operationId,
    summary: route.summary,
    description: `Access: ${accessText[access] ?? `the scope or right \`${access}\``}.`,
    tags: [tagOf(answeredBy).name],
    security: securityOf(path, access),
    "x-godwit-origin": originOf(gatewayRoute),
    "x-godwit-access": access,
    ...(input.parameters.length > 0 && { parameters: input.parameters }),
    ...(input.body !== undefined && {
      requestBody: requestBody({
        ...input.body,
        schema: shared(name, input.body.schema, components),
      }),
    }),
    responses: {
      ...successes(route, { name, components, replies }),
      ...(route.document && { 304: { description: "The client has the document." } }),
      ...errorResponses(errorsOf(route, { path, access }), components.responses),
    },
  };
};

/** The input of a route as a component, which the URLs of the route share. */
const shared = (name: string, schema: JsonSchema, { schemas }: Components): JsonSchema => {
  const key = `${capitalized(name)}Input`;
  const named = nameObjects(schema, key, schemas);
  schemas[key] ??= named;
  const isShared = JSON.stringify(schemas[key]) === JSON.stringify(named);
  return isShared ? { $ref: `#/components/schemas/${key}` } : named;
};

const accessText: Partial<Record<Access, string>> = {
  everyone: "everyone, without a token",
  token: "every valid token",
  user: "a user, with an unlimited token",
  operations: "an operator of the deployment",
};

const securityOf = (path: string, access: Access): JsonSchema[] => {
  // The client may also be in the body.
  if (path === "/oauth/token") return [{}, { client: [] }];
  if (access === "everyone") return [];
  return [{ token: [] }, { tokenInQuery: [] }, { session: [] }];
};

const fields = z.record(z.string(), z.unknown());

interface Body {
  readonly schema: JsonSchema;
  readonly example: Readonly<Record<string, unknown>>;
  readonly isRequired: boolean;
}

interface Input {
  readonly parameters: readonly JsonSchema[];
  readonly body: Body | undefined;
}

const pathNames = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name = ""]) => name);

/** Splits the fields of a route by where a client sends them. */
const splitInput = ({ route, path }: GatewayRoute): Input => {
  const inPath = new Set(pathNames(path));
  const schema = jsonSchema(route.input, "input");
  const example = fields.parse(route.example.input);
  const properties = propertiesOf(schema);
  const path_ = [...inPath].map((name) => pathParameter(name, properties[name], example[name]));
  const parameters = [...path_, ...headerParameters(route, properties)];
  const rest = without(schema, inPath);
  const names = Object.keys(propertiesOf(rest));
  const isOpen = typeof rest.additionalProperties === "object";
  if (names.length === 0 && !isOpen) return { parameters, body: undefined };
  if (!isOpen && isInQuery(route.method, propertiesOf(rest))) {
    const query = names.flatMap((name) => queryParameter(name, rest, example[name]));
    return { parameters: [...parameters, ...query], body: undefined };
  }
  const inBody = Object.fromEntries(Object.entries(example).filter(([name]) => !inPath.has(name)));
  const body = { schema: rest, example: inBody, isRequired: isRequired(rest) };
  return { parameters, body };
};

/** A password does not belong in a URL, and lists cannot be in one. */
const isInQuery = (method: string, properties: Readonly<Record<string, JsonSchema>>): boolean =>
  method === "GET" ||
  (method === "DELETE" &&
    Object.entries(properties).every(([name, each]) => name !== "password" && isScalar(each)));

const pathParameter = (name: string, schema: JsonSchema | undefined, example: unknown) => ({
  name,
  in: "path",
  required: true,
  schema: schema ?? { type: "string" },
  ...(name === "product" && { description: "The id or the slug of the product." }),
  ...(example !== undefined && { example }),
});

const queryParameter = (name: string, schema: JsonSchema, example: unknown): JsonSchema[] => {
  const property = propertiesOf(schema)[name];
  // A query has only text.
  if (property === undefined || !isScalar(property)) return [];
  const required = requiredOf(schema).includes(name);
  return [
    {
      name,
      in: "query",
      ...(required && { required }),
      schema: property,
      ...(example !== undefined && { example }),
    },
  ];
};

const headerParameters = (
  { method, stream, versioned, document }: Route,
  properties: Readonly<Record<string, JsonSchema>>,
): JsonSchema[] => [
  ...(document
    ? [
        {
          name: "If-None-Match",
          in: "header",
          description: "The `ETag` of the document that the client has: the reply is then 304.",
          schema: { type: "string" },
        },
      ]
    : []),
  ...(stream
    ? [
        {
          name: "Last-Event-ID",
          in: "header",
          description: "The id of the last received event: the stream continues after it.",
          schema: { type: "string" },
        },
      ]
    : []),
  ...(versioned && method !== "GET"
    ? [
        {
          name: "If-Match",
          in: "header",
          description: "The `ETag` of the version to change. Without it, any version is changed.",
          schema: { type: "string" },
        },
      ]
    : []),
  ...("idempotency_key" in properties
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          description: "A key of the client. A repeat with the same key has no second effect.",
          schema: { type: "string", maxLength: 255 },
        },
      ]
    : []),
];

/** Only JSON: some generated clients send a body in each documented type at once. */
const requestBody = ({ schema, example, isRequired: required }: Body) => ({
  required,
  content: { "application/json": { schema, example } },
});

const noBodyStatus = "204";

const successes = (
  route: Route,
  { name, components, replies }: Context & { readonly name: string },
): Record<string, JsonSchema> => {
  const statuses = Object.entries(route.replies);
  const { example } = route;
  const shown = statuses.find(([, schema]) => z.safeParse(schema, example.reply).success)?.[0];
  const component = `${capitalized(name)}Reply`;
  return Object.fromEntries(
    statuses.map(([status, schema], i) => {
      const description = status === "202" ? "Accepted." : "Done.";
      if (status === noBodyStatus) return [status, { description }];
      if (route.stream) return [status, { description, content: streamed(example.reply) }];
      if (route.binary) return [status, { description, content: bytes }];
      const key = i === 0 ? component : `${component}${status}`;
      components.schemas[key] ??= nameObjects(jsonSchema(schema, replies), key, components.schemas);
      const body = {
        schema: { $ref: `#/components/schemas/${key}` },
        ...(status === shown && { example: example.reply }),
      };
      const content = { "application/json": body, ...texts(route) };
      return [status, { description, ...(hasVersion(route) && { headers: etag(route) }), content }];
    }),
  );
};

const hasVersion = ({ method, versioned, document }: Route): boolean =>
  document === true || (versioned === true && method === "GET");

const etag = ({ document }: Route) => ({
  ETag: {
    description: document ? "The version, for `If-None-Match`." : "The version, for `If-Match`.",
    schema: { type: "string" },
  },
});

const text = { schema: { type: "string" } };

const streamed = (example: unknown) => ({ "text/event-stream": { ...text, example } });

const bytes = { "application/octet-stream": { schema: { type: "string", format: "binary" } } };

const texts = ({ raw, csv, page }: Route) => ({
  ...(raw && { "text/plain": text }),
  ...(csv && { "text/csv": text }),
  ...(page && { "text/html": text }),
});

const schemaList = z.array(fields);

/** The alternatives of a schema, or the schema itself. */
const alternatives = (schema: JsonSchema): JsonSchema[] => {
  const parsed = z.safeParse(schemaList, schema.anyOf ?? schema.oneOf);
  return parsed.success ? parsed.data : [schema];
};

const propertiesOf = (schema: JsonSchema): Record<string, JsonSchema> =>
  Object.assign(
    {},
    ...alternatives(schema).map(({ properties = {} }) =>
      z.parse(z.record(z.string(), fields), properties),
    ),
  );

const requiredOf = ({ required }: JsonSchema): string[] =>
  z.parse(z._default(z.array(z.string()), []), required);

/** Whether each alternative has a required field. */
const isRequired = (schema: JsonSchema): boolean =>
  alternatives(schema).every((each) => requiredOf(each).length > 0);

/** A schema without properties of these names. */
const without = (schema: JsonSchema, names: ReadonlySet<string>): JsonSchema => {
  const { anyOf, oneOf, ...rest } = schema;
  const each = alternatives(schema);
  if (anyOf !== undefined) return { ...rest, anyOf: each.map((one) => without(one, names)) };
  if (oneOf !== undefined) return { ...rest, oneOf: each.map((one) => without(one, names)) };
  const { required: _, ...others } = rest;
  const required = requiredOf(schema).filter((name) => !names.has(name));
  return {
    ...others,
    ...(rest.properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(propertiesOf(schema)).filter(([name]) => !names.has(name)),
      ),
    }),
    ...(required.length > 0 && { required }),
  };
};

const isScalar = (schema: JsonSchema): boolean =>
  alternatives(schema).every((each) =>
    each === schema ? each.type !== "array" && each.type !== "object" : isScalar(each),
  );
