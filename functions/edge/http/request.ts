import type { APIGatewayProxyEvent } from "aws-lambda";
import { bodyBytesMax, formDepthMax, jsonDepthMax } from "#shared/api/limits.ts";
import { validationFailure } from "#shared/input/readInput.ts";
import { UploadedFile } from "#shared/input/uploadedFile.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { Route } from "#shared/routes/route.ts";
import { readParts } from "./multipart.ts";

/** The fields of a request, from its query, its body and its path. */
export type Fields = Record<string, unknown>;

/** A request as it was read. */
export interface Request {
  readonly fields: Fields;
  /**
   * Names of fields that the schema of a route does not have to know: the token, `nonce`
   * (Particle's clients add it to bypass caches), path parameters, and an OAuth client from HTTP
   * Basic.
   */
  readonly ignored: ReadonlySet<string>;
}

/**
 * Reads a request. Fails with `invalid_request` if the query, the body and the path have different
 * values for one name, or if one of them has a name twice with different values. No value is
 * ignored silently: a body cannot name another device than the path. Fails with `too_large` if the
 * body is larger than the route accepts.
 */
export const readRequest = (
  event: APIGatewayProxyEvent,
  route: Pick<Route, "upload"> = {},
): Request => {
  const query = readQuery(event);
  const body = readBody(event, route);
  const path = readPath(event);
  for (const [name, value] of Object.entries(body)) {
    if (name !== tokenField && differs(query, name, value)) {
      throw validationFailure([`${name}: is in the query and in the body, and they differ`]);
    }
  }
  for (const [name, value] of [...Object.entries(query), ...Object.entries(body)]) {
    if (differs(path, name, value)) {
      throw validationFailure([`${name}: is in the path already, where it has another value`]);
    }
  }
  const client = Object.entries(basicClient(event)).filter(
    ([name]) => !(Object.hasOwn(query, name) || Object.hasOwn(body, name)),
  );
  return {
    fields: { ...query, ...Object.fromEntries(client), ...body, ...path },
    ignored: new Set([tokenField, "nonce", ...Object.keys(path), ...client.map(([name]) => name)]),
  };
};

/** The field that can contain the token. RFC 6750, 2.2 and 2.3. */
const tokenField = "access_token";

/**
 * Whether fields have another value for a name. Numbers and flags are text in a path and in a
 * query.
 */
const differs = (fields: Fields, name: string, value: unknown): boolean => {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  return Object.hasOwn(fields, name) && fields[name] !== text;
};

const readQuery = (event: APIGatewayProxyEvent): Fields => {
  const twice = Object.entries(event.multiValueQueryStringParameters ?? {}).filter(
    ([, values = []]) => new Set(values).size > 1,
  );
  if (twice.length > 0) {
    throw validationFailure(twice.map(([name]) => `${name}: is in the query more than once`));
  }
  return { ...event.queryStringParameters };
};

/** The token from the header, the body or the query. RFC 6750, 2. */
export const readToken = (event: APIGatewayProxyEvent, fields: Fields): string | undefined => {
  const bearer = /^bearer +(\S+)\s*$/i.exec(header(event, "authorization") ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const { [tokenField]: token } = fields;
  return typeof token === "string" ? token : undefined;
};

/** Whether a request has a token or HTTP Basic credentials, valid or not. */
export const hasToken = (event: APIGatewayProxyEvent, fields: Fields): boolean =>
  header(event, "authorization") !== undefined || Object.hasOwn(fields, tokenField);

/** The value of a header. Names are not case-sensitive. */
export const header = ({ headers }: APIGatewayProxyEvent, name: string): string | undefined =>
  Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];

/** Path parameters, decoded: API Gateway does not decode them. */
export const readPath = ({ pathParameters }: APIGatewayProxyEvent): Record<string, string> =>
  Object.fromEntries(
    Object.entries(pathParameters ?? {}).map(([key, value]) => [key, decode(value ?? "")]),
  );

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The name and the password of HTTP Basic. RFC 7617. */
export const readBasic = (
  event: APIGatewayProxyEvent,
): { name: string; password: string } | undefined => {
  const encoded = /^basic +(\S+)\s*$/i.exec(header(event, "authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [name = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { name, password: password.join(":") };
};

/** The credentials of an OAuth client from HTTP Basic. RFC 6749, 2.3.1. */
const basicClient = (event: APIGatewayProxyEvent): Fields => {
  const basic = readBasic(event);
  return basic ? { client_id: basic.name, client_secret: basic.password } : {};
};

const readBody = (event: APIGatewayProxyEvent, { upload }: Pick<Route, "upload">): Fields => {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  const bytesMax = upload?.bytesMax ?? bodyBytesMax;
  if (bytes.length > bytesMax) {
    throw new Failure(`the body is larger than ${bytesMax} bytes`, { code: "too_large" });
  }
  const given = header(event, "content-type") ?? "";
  const type = given.toLowerCase();
  if (bytes.length > 0 && type.startsWith("multipart/form-data")) {
    return readForm(bytes, given, upload?.file);
  }
  const text = bytes.toString("utf8");
  if (text.trim() === "") return {};
  // `curl -d '{…}'` sends JSON with the content type of a form.
  return type.includes("form-urlencoded") && !text.trimStart().startsWith("{")
    ? formFields(new URLSearchParams(text))
    : parseJson(text);
};

/** The fields of a multipart form. The value of a file is its text, except of the field `file`. */
const readForm = (body: Buffer, contentType: string, file: string | undefined): Fields => {
  const parts = readParts(body, contentType);
  const files = parts.filter(({ name }) => name === file);
  if (files.length > 1) throw validationFailure([`${file}: is in the body more than once`]);
  const texts = parts
    .filter((part) => !files.includes(part))
    .map(({ name, bytes }): [string, string] => [name, bytes.toString("utf8")]);
  return {
    ...formFields(texts),
    ...Object.fromEntries(
      files.map(({ name, bytes, filename }) => [name, new UploadedFile(bytes, filename)]),
    ),
  };
};

const parseJson = (text: string): Fields => {
  const value = tryJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Failure("the body must be a JSON object", { code: "invalid_request" });
  }
  if (nestsDeeper(value, jsonDepthMax)) {
    throw new Failure(`the body nests deeper than ${jsonDepthMax}`, { code: "invalid_request" });
  }
  return { ...value };
};

/** `JSON.parse` accepts any depth, but recursive code overflows the stack on deep values. */
const nestsDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1)));

const tryJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure("the body is not valid JSON", { code: "invalid_request", cause });
  }
};

interface Form {
  [key: string]: string | string[] | Form;
}

/**
 * Parses `a=1&b[c]=2&d[]=3` as `{a: "1", b: {c: "2"}, d: ["3"]}`, the format of old webhook
 * examples.
 */
const formFields = (entries: Iterable<[name: string, value: string]>): Form => {
  const fields: Form = {};
  for (const [key, value] of entries) {
    const path = key.replaceAll("]", "").split("[");
    if (path.length > formDepthMax) {
      throw new Failure(`the body nests deeper than ${formDepthMax}`, { code: "invalid_request" });
    }
    if (path.includes("__proto__"))
      throw validationFailure([`${path.join(".")}: cannot be a field`]);
    setField(fields, path, value, path);
  }
  return fields;
};

const setField = (
  fields: Form,
  [key = "", ...rest]: string[],
  value: string,
  path: readonly string[],
): void => {
  const old = Object.hasOwn(fields, key) ? fields[key] : undefined;
  const twice = () => validationFailure([`${path.join(".")}: is in the body more than once`]);
  if (rest.length === 0) {
    if (old !== undefined && old !== value) throw twice();
    fields[key] = value;
  } else if (rest.length === 1 && rest[0] === "" && (old === undefined || Array.isArray(old))) {
    // Mutates: a copy for each value takes quadratic time.
    if (old === undefined) fields[key] = [value];
    else old.push(value);
  } else {
    if (typeof old === "string" || Array.isArray(old)) throw twice();
    const inner = old ?? {};
    setField(inner, rest, value, path);
    fields[key] = inner;
  }
};
