import { type ApiRequest, leavesItsPath } from "../api/apiRequest.ts";
import type { Operation, Parameter } from "./document.ts";

/** What a person entered for an operation: texts of parameters by place and name, and the body. */
export interface Values {
  readonly parameters: Readonly<Record<string, string>>;
  /** JSON; empty for no body. */
  readonly body: string;
}

export const keyOf = ({ in: place, name }: Parameter): string => `${place} ${name}`;

/** The values of the example of an operation. */
export const exampleValues = ({ parameters = [], requestBody }: Operation): Values => {
  const example = requestBody?.content["application/json"]?.example;
  return {
    parameters: Object.fromEntries(
      parameters.map((each) => [keyOf(each), each.example === undefined ? "" : `${each.example}`]),
    ),
    body: example === undefined ? "" : JSON.stringify(example, undefined, 2),
  };
};

/** A request, or why the values make none. */
export type Made = { readonly request: ApiRequest } | { readonly problem: string };

/** The request of the values. */
export const requestOf = ({ method, path, parameters = [] }: Operation, values: Values): Made => {
  const textOf = (each: Parameter): string => values.parameters[keyOf(each)] ?? "";
  const given = (place: Parameter["in"]): Record<string, string> =>
    Object.fromEntries(
      parameters
        .filter((each) => each.in === place && textOf(each) !== "")
        .map((each) => [each.name, textOf(each)]),
    );
  const missing = parameters.find((each) => each.required === true && textOf(each) === "");
  if (missing !== undefined) return { problem: `Enter ${missing.name}.` };
  const body = parseBody(values.body);
  if (body === "invalid") return { problem: "The body is not valid JSON." };
  const inPath = given("path");
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(inPath[name] ?? ""),
  );
  if (leavesItsPath(filled)) return { problem: "A name that is a dot or two dots cannot be used." };
  const request = { method, path: filled, query: given("query"), headers: given("header") };
  return { request: { ...request, ...(body !== undefined && { body: body.json }) } };
};

const parseBody = (text: string): { readonly json: unknown } | "invalid" | undefined => {
  if (text.trim() === "") return undefined;
  try {
    return { json: JSON.parse(text) };
  } catch {
    return "invalid";
  }
};
