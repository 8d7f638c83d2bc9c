import type * as z from "zod/mini";
import type { Access } from "../api/scopes.ts";
import type { AuditSpec } from "../audit/auditActions.ts";
import type { FailureCode } from "../platform/failure.ts";

type Schema = z.core.$ZodType;

/** The schema of the JSON body for each status of success. The first status is the usual one. */
export type Replies = Readonly<Partial<Record<200 | 201 | 202 | 204, Schema>>>;

/** The product form of a route, where it differs from the default. */
interface ProductForm {
  /** Default: the user form with `/v1/products/{product}` in place of `/v1`. */
  readonly path?: string;
  /** Default: the access of the user form. */
  readonly access?: Access;
}

/** One operation of the REST API: its URLs, who may call it, what it reads and what it answers. */
export interface Route<
  Input extends Schema = Schema,
  Out extends Replies = Replies,
  Who extends Access = Access,
> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in API Gateway: `{name}` is one segment, `{name+}` is the rest of the path. */
  readonly path: string;
  /** Other paths of the same operation. */
  readonly aliases?: readonly string[];
  /** Present if the operation also exists for the fleet of a product. */
  readonly product?: true | ProductForm;
  readonly access: Who;
  /** What a request records in the audit log. Every route but those of GET has it. */
  readonly audit?: AuditSpec;
  /** One sentence in the imperative, for the OpenAPI document. */
  readonly summary: string;
  /**
   * The fields of the path, the query and the body together. Path parameters are in `path`; of the
   * others, GET and DELETE take them in the query, all other methods in the body.
   */
  readonly input: Input;
  readonly replies: Out;
  /** An example of a request and of its reply. */
  readonly example: { readonly input: unknown; readonly reply: unknown };
  /** Failures besides those of `errorsOf` that every route of its kind has. */
  readonly errors: readonly FailureCode[];
  /**
   * The resource has a version. GET answers it as `ETag`; a change accepts it as `If-Match`, and
   * fails with `precondition_failed` if the version is another one.
   */
  readonly versioned?: true;
  /** The reply is an endless stream (server-sent events). */
  readonly stream?: true;
  /**
   * The reply is a large document, compressed if the client accepts it, with an `ETag` for
   * `If-None-Match`. API Gateway passes compressed bytes through only in a streamed response.
   */
  readonly document?: true;
  /** With `format=raw`, the reply is plain text. */
  readonly raw?: true;
  /** With `format=csv`, the reply is a table of comma-separated values (RFC 4180). */
  readonly csv?: true;
  /** The reply is the bytes of a file. */
  readonly binary?: true;
  /** The request may have a file in the field `file`, and a larger body than others. */
  readonly upload?: { readonly file: string; readonly bytesMax: number };
  /** A browser, which accepts HTML, gets a page instead of JSON; also of a failure. */
  readonly page?: true;
}

/** The JSON bodies of a route's replies. */
export type Body<Out extends Replies> = z.input<NonNullable<Out[keyof Out]>>;

interface Example<Input extends Schema, Out extends Replies> {
  readonly example: { readonly input: z.input<Input>; readonly reply: Body<Out> };
}

/** A route that may change something names its entry in the audit log, or why it has none. */
type Audited =
  | { readonly method: "GET"; readonly audit?: never }
  | { readonly method: Exclude<Route["method"], "GET">; readonly audit: AuditSpec };

/** Defines a route. The result keeps the types of its schemas and of its access. */
export const route = <
  Input extends Schema,
  const Out extends Replies,
  const Who extends Access = Access,
>(
  definition: Route<Input, Out, Who> & Example<Input, Out> & Audited,
): Route<Input, Out, Who> => definition;

/** One URL of a route, and the access it needs. */
export interface RouteForm {
  readonly path: string;
  readonly access: Access;
}

/** Every URL of a route: the user form, its aliases, and the product form of each. */
export const formsOf = ({ path, aliases = [], access, product }: Route): RouteForm[] => {
  const own = [path, ...aliases].map((each) => ({ path: each, access }));
  if (product === undefined) return own;
  const form = product === true ? {} : product;
  const paths =
    form.path === undefined
      ? own.map((each) => each.path.replace("/v1", "/v1/products/{product}"))
      : [form.path];
  return [...own, ...paths.map((each) => ({ path: each, access: form.access ?? access }))];
};

/** The status of a successful reply, unless the handler chooses another one. */
export const usualStatus = ({ replies }: Pick<Route, "replies">): number =>
  Number(Object.keys(replies)[0] ?? 200);

/** Every planned failure of one URL of a route. */
export const errorsOf = (
  { errors, versioned, method }: Pick<Route, "errors" | "versioned" | "method">,
  { path, access }: RouteForm,
): FailureCode[] => [
  ...new Set<FailureCode>([
    "invalid_request",
    "too_large",
    "unavailable",
    // `cross_origin` and `invalid_csrf_token`: with the cookie of a browser session.
    ...(access === "everyone" ? [] : (["invalid_token", "cross_origin"] as const)),
    ...(access === "everyone" || method === "GET" ? [] : (["invalid_csrf_token"] as const)),
    ...(access === "everyone" || access === "token" ? [] : (["unauthorized"] as const)),
    // A token of a product acts for its product on every path, and the product may be removed.
    ...(path.includes("{") || (access !== "everyone" && access !== "token")
      ? (["not_found"] as const)
      : []),
    ...(versioned && method !== "GET" ? (["precondition_failed"] as const) : []),
    ...errors,
  ]),
];
