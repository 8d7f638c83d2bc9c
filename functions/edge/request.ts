import type { APIGatewayProxyEvent } from "aws-lambda";
import { Failure } from "#shared/failure.ts";
import { bodyBytesMax, formDepthMax, jsonDepthMax } from "#shared/limits.ts";
import { readParts } from "./multipart.ts";

/** The fields of a request, wherever a client puts them. */
export type Fields = Record<string, unknown>;

/** The path wins over the body, and the body over the query: a body cannot name another device. */
export const readFields = (event: APIGatewayProxyEvent): Fields => ({
  ...event.queryStringParameters,
  ...basicClient(event),
  ...readBody(event),
  ...readPath(event),
});

/** The token, where a client may put it: the header, the body or the query. RFC 6750, 2. */
export const readToken = (event: APIGatewayProxyEvent, fields: Fields): string | undefined => {
  const bearer = /^bearer +(\S+)\s*$/i.exec(header(event, "authorization") ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  return typeof fields.access_token === "string" ? fields.access_token : undefined;
};

/** A header's value, whatever the case of its name. */
export const header = ({ headers }: APIGatewayProxyEvent, name: string): string | undefined =>
  Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];

/** Path parameters, decoded: the gateway hands on `%2F` as it came. */
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

/** A name and a password by HTTP Basic. RFC 7617. */
export const readBasic = (
  event: APIGatewayProxyEvent,
): { name: string; password: string } | undefined => {
  const encoded = /^basic +(\S+)\s*$/i.exec(header(event, "authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [name = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { name, password: password.join(":") };
};

/** An OAuth client may say who it is by HTTP Basic. RFC 6749, 2.3.1. */
const basicClient = (event: APIGatewayProxyEvent): Fields => {
  const basic = readBasic(event);
  return basic ? { client_id: basic.name, client_secret: basic.password } : {};
};

const readBody = (event: APIGatewayProxyEvent): Fields => {
  const text = event.isBase64Encoded
    ? Buffer.from(event.body ?? "", "base64").toString("utf8")
    : (event.body ?? "");
  if (Buffer.byteLength(text) > bodyBytesMax) {
    throw new Failure(`the body is larger than ${bodyBytesMax} bytes`, { code: "too_large" });
  }
  if (text.trim() === "") return {};
  const given = header(event, "content-type") ?? "";
  const type = given.toLowerCase();
  if (type.startsWith("multipart/form-data")) return formFields(readParts(text, given));
  // `curl -d '{…}'` sends JSON and calls it a form.
  return type.includes("form-urlencoded") && !text.trimStart().startsWith("{")
    ? formFields(new URLSearchParams(text))
    : parseJson(text);
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

/** What nests deeper is read without trouble, and brings down whoever walks through it. */
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
  [key: string]: string | Form;
}

/** `a=1&b[c]=2` is `{a: "1", b: {c: "2"}}`, as old examples of webhooks have it. */
const formFields = (entries: Iterable<[name: string, value: string]>): Form => {
  const fields: Form = {};
  for (const [key, value] of entries) {
    const path = key.replaceAll("]", "").split("[");
    if (path.length > formDepthMax) {
      throw new Failure(`the body nests deeper than ${formDepthMax}`, { code: "invalid_request" });
    }
    if (!path.includes("__proto__")) setField(fields, path, value);
  }
  return fields;
};

const setField = (fields: Form, [key = "", ...rest]: string[], value: string): void => {
  if (rest.length === 0) {
    fields[key] = value;
    return;
  }
  const old = fields[key];
  const inner = typeof old === "object" ? old : {};
  setField(inner, rest, value);
  fields[key] = inner;
};
