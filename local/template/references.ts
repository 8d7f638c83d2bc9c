import type { Resource, Value } from "./template.ts";

/** `${Name}`, `${Name.Attribute}` and `${!literal}` in the text of an `Fn::Sub`. */
export const substitution = /\$\{(!?)([^}]+)\}/g;

/** The logical ids and pseudo parameters that a resource refers to. */
export const referencesOf = ({ Properties, DependsOn }: Resource): Set<string> => {
  const found = new Set(DependsOn);
  collect(Properties, found);
  return found;
};

const collect = (value: Value, found: Set<string>): void => {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    for (const name of named(key, inner)) found.add(name);
    collect(inner, found);
  }
};

const named = (key: string, value: Value): string[] => {
  if (key === "Ref" && typeof value === "string") return [value];
  if (key === "Fn::GetAtt") return [attributeOf(value).logicalId];
  if (key === "Fn::Sub") return textsOf(value).flatMap(substituted);
  return [];
};

/** `Fn::GetAtt` accepts `["Id", "Attribute"]` or `"Id.Attribute"`. */
export const attributeOf = (value: Value): { logicalId: string; attribute: string } => {
  const [logicalId = "", ...rest] = Array.isArray(value) ? value : String(value).split(".");
  return { logicalId: String(logicalId), attribute: rest.join(".") };
};

const textsOf = (value: Value): string[] => {
  const [text] = Array.isArray(value) ? value : [value];
  return typeof text === "string" ? [text] : [];
};

const substituted = (text: string): string[] =>
  [...text.matchAll(substitution)]
    .filter(([, literal]) => literal === "")
    .map(([, , name = ""]) => attributeOf(name).logicalId);
