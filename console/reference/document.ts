import type { ApiRequest } from "../api/apiRequest.ts";

/** A JSON schema of the OpenAPI document. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly readOnly?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: unknown;
}

type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;

export interface Reply {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Content;
  readonly "x-godwit-errors"?: readonly string[];
}

interface DocumentOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Reply>>;
  readonly "x-godwit-origin": "particle" | "godwit";
  readonly "x-godwit-access": string;
}

/** An operation with its method and path. */
export interface Operation extends DocumentOperation {
  readonly method: ApiRequest["method"];
  /** With `{name}` for parameters. */
  readonly path: string;
}

export interface OpenApi {
  readonly info: { readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Reply>>;
  };
}

/** The document, with its operations in one list. */
export interface Reference extends Omit<OpenApi, "paths"> {
  readonly operations: readonly Operation[];
}

/** The last part of a reference such as `#/components/schemas/Error`. */
const nameOf = (reference: string): string => reference.split("/").at(-1) ?? "";

/** The schema itself, or the one that it refers to. */
export const resolveSchema = ({ components }: Reference, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (components.schemas[nameOf(schema.$ref)] ?? {});

export const resolveReply = ({ components }: Reference, reply: Reply): Reply =>
  reply.$ref === undefined ? reply : (components.responses[nameOf(reply.$ref)] ?? {});

/** What a search compares: summary, path, name, tag, access and origin of an operation. */
const searchText = ({ summary, method, path, operationId, tags, ...more }: Operation): string =>
  [method, path, operationId, summary, ...tags, more["x-godwit-access"], more["x-godwit-origin"]]
    .join(" ")
    .toLowerCase();

/** The operations that a search finds: those that have each of its words. */
export const findOperations = (
  operations: readonly Operation[],
  search: string,
): readonly Operation[] => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((operation) => {
    const text = searchText(operation);
    return words.every((word) => text.includes(word));
  });
};

/** Whether a reply of the operation is an endless stream. */
export const isStream = ({ responses }: Operation): boolean =>
  responses["200"]?.content?.["text/event-stream"] !== undefined;

/** Whether an operation needs no token. */
export const isPublic = (operation: Operation): boolean =>
  operation["x-godwit-access"] === "everyone";
