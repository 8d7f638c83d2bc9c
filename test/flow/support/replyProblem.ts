import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as z from "zod";
import { openApi } from "#shared/contract/openApi.ts";
import { type GatewayRoute, routes } from "#shared/routes/table.ts";
import { addNode, findNode, type RouteNode, rootNode } from "../../../local/gateway/routeTree.ts";

/** A reply of the REST API, and the request that it answers. */
interface Reply {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const responseSchema = z.object({
  content: z.record(z.string(), z.object({ schema: z.unknown() })).default({}),
  "x-godwit-errors": z.array(z.string()).default([]),
});
const reference = z.object({ $ref: z.string() });

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        responses: z.record(z.string(), z.union([reference, responseSchema])),
      }),
    ),
  ),
  components: z.looseObject({ responses: z.record(z.string(), responseSchema) }),
});

/** Closed: a field of a reply that is not in the document is a difference. */
const document = documentSchema.parse(
  openApi({ server: "http://127.0.0.1:8080", replies: "closedReply" }),
);

type Operation = (typeof document)["paths"][string][string];

/** An operation of the OpenAPI document. */
export interface DocumentedOperation {
  readonly id: string;
  readonly route: GatewayRoute;
  /** The codes of its errors. */
  readonly errors: readonly string[];
}

const ajv = addFormats.default(new Ajv2020({ strict: true, allowUnionTypes: true }));
ajv.addVocabulary(["components"]);
ajv.addSchema({ $id: "openapi", components: document.components });

const root = rootNode<GatewayRoute>();
for (const route of routes) {
  let node: RouteNode<GatewayRoute> = root;
  for (const part of route.path.split("/").slice(1)) {
    const variable = node.variable?.node.path.endsWith(`/${part}`) ? node.variable.node : undefined;
    node = node.literals.get(part) ?? variable ?? addNode(node, part);
  }
  node.methods.set(route.method, route);
}

const routeOf = (method: string, path: string): GatewayRoute | undefined =>
  findNode(root, path.split("?")[0] ?? "")?.node.methods.get(method);

/** Clients encode the slashes of a parameter of several segments. */
const operationOf = ({ method, path }: GatewayRoute): Operation | undefined =>
  document.paths[path.replace("+}", "}")]?.[method.toLowerCase()];

const resolved = (given: Operation["responses"][string] | undefined) =>
  given !== undefined && "$ref" in given
    ? document.components.responses[given.$ref.split("/").at(-1) ?? ""]
    : given;

/** The response for a status, or for its class. */
const responseOf = ({ responses }: Operation, status: number) =>
  resolved(responses[status] ?? responses[`${Math.floor(status / 100)}XX`]);

/** All operations of the document. */
export const documentedOperations: readonly DocumentedOperation[] = routes.flatMap((route) => {
  const operation = operationOf(route);
  if (operation === undefined) return [];
  const errors = Object.values(operation.responses).flatMap(
    (each) => resolved(each)?.["x-godwit-errors"] ?? [],
  );
  return [{ id: operation.operationId, route, errors }];
});

const validators = new Map<string, ValidateFunction>();

/** Compiles the schema of a response once. */
const validatorOf = (schema: unknown): ValidateFunction => {
  const text = JSON.stringify(schema).replaceAll("#/components", "openapi#/components");
  const known = validators.get(text);
  if (known !== undefined) return known;
  const made = ajv.compile(JSON.parse(text));
  validators.set(text, made);
  return made;
};

const errorBody = z.looseObject({ error: z.string() });

/** Calls of devices answer with a sentence in place of a code, as Particle's API does. */
const isCode = (error: string): boolean => /^[a-z]+(_[a-z]+)+$/.test(error);

/**
 * Describes how a reply of the REST API differs from the OpenAPI document: a body that the schema
 * of its status does not accept (an unknown field is such a difference), or an error that the
 * operation does not name. `undefined` if it does not differ, or if no operation matches.
 */
export const replyProblem = ({ method, path, status, type, text }: Reply): string | undefined => {
  const route = routeOf(method, path);
  const operation = route && operationOf(route);
  if (operation === undefined) return undefined;
  const about = `${method} ${route?.path} answered ${status} ${text.slice(0, 300)}`;
  const response = responseOf(operation, status);
  if (response === undefined) return `${about}: not a status of the operation`;
  if (status >= 400 && type.startsWith("text/html") && route?.route.page) return undefined;
  const mediaType = type.split(";")[0]?.trim() ?? "";
  const schema = response.content[mediaType]?.schema;
  if (schema === undefined) {
    const isEmpty = text === "" && Object.keys(response.content).length === 0;
    return isEmpty ? undefined : `${about}: not a body of the operation (${type})`;
  }
  if (mediaType !== "application/json") return undefined;
  const body: unknown = JSON.parse(text);
  const validate = validatorOf(schema);
  if (!validate(body)) return `${about}: ${ajv.errorsText(validate.errors)}`;
  if (status < 400 || status >= 500) return undefined;
  const { error } = errorBody.parse(body);
  const codes = response["x-godwit-errors"];
  return !isCode(error) || codes.includes(error) ? undefined : `${about}: not an error of it`;
};
