import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { Template } from "../synthesized.ts";

const database = loadAwsServiceSpecSync();

const specificationOf = (type: string) =>
  database.lookup("resource", "cloudFormationType", "equals", type)[0];

type Properties = NonNullable<ReturnType<typeof specificationOf>>["properties"];
type PropertyType = Properties[string]["type"];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An intrinsic function, whose value is known at deployment only. */
const isIntrinsic = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  const [key, ...others] = Object.keys(value);
  return others.length === 0 && key !== undefined && (key === "Ref" || key.startsWith("Fn::"));
};

const booleans = new Set<unknown>([true, false, "true", "false"]);

/** Whether CloudFormation converts the value to the primitive type, or `undefined` for others. */
const fitsPrimitive = (value: unknown, type: PropertyType): boolean | undefined => {
  switch (type.type) {
    case "string":
    case "date-time":
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    case "number":
      return value !== "" && Number.isFinite(Number(value)) && !isObject(value);
    case "integer":
      return value !== "" && Number.isInteger(Number(value)) && !isObject(value);
    case "boolean":
      return booleans.has(value);
    case "json":
      return isObject(value) || Array.isArray(value) || typeof value === "string";
    case "null":
      return value === null;
    default:
      return undefined;
  }
};

/** The differences between a value and the type that the specification has for it. */
const compare = (value: unknown, type: PropertyType, path: string): string[] => {
  if (isIntrinsic(value)) return [];
  const fits = fitsPrimitive(value, type);
  if (fits !== undefined)
    return fits ? [] : [`${path}: ${JSON.stringify(value)} is no ${type.type}`];
  switch (type.type) {
    case "array":
      if (!Array.isArray(value)) return [`${path}: is no list`];
      return value.flatMap((item, index) => compare(item, type.element, `${path}[${index}]`));
    case "map":
      if (!isObject(value)) return [`${path}: is no map`];
      return Object.entries(value).flatMap(([key, item]) =>
        compare(item, type.element, `${path}.${key}`),
      );
    case "ref":
      return compareProperties(
        value,
        database.get("typeDefinition", type.reference.$ref).properties,
        path,
      );
    case "tag":
      return compareProperties(value, tagProperties, path);
    case "union": {
      const all = type.types.map((each) => compare(value, each, path));
      return all.some((found) => found.length === 0) ? [] : (all[0] ?? []);
    }
    default:
      return [`${path}: the specification has the unknown type ${type.type}`];
  }
};

const tagProperties: Properties = {
  Key: { type: { type: "string" }, required: true },
  Value: { type: { type: "string" }, required: true },
};

const compareProperties = (value: unknown, properties: Properties, path: string): string[] => {
  if (!isObject(value)) return [`${path}: is no object`];
  const missing = Object.entries(properties)
    .filter(([name, { required }]) => required === true && value[name] === undefined)
    .map(([name]) => `${path}: has no ${name}`);
  const wrong = Object.entries(value).flatMap(([name, item]) => {
    const property = properties[name];
    if (property === undefined) return [`${path}: the unknown property ${name}`];
    const types = [property.type, ...(property.previousTypes ?? [])];
    const all = types.map((type) => compare(item, type, `${path}.${name}`));
    return all.some((found) => found.length === 0) ? [] : (all[0] ?? []);
  });
  return [...missing, ...wrong];
};

/** The attributes that `Fn::GetAtt` reads, as `logical id` and `attribute`. */
const attributesRead = (value: unknown): [string, string][] => {
  if (Array.isArray(value)) return value.flatMap(attributesRead);
  if (!isObject(value)) return [];
  const read = value["Fn::GetAtt"];
  if (Array.isArray(read)) return [[String(read[0]), read.slice(1).join(".")]];
  return Object.values(value).flatMap(attributesRead);
};

/**
 * What CloudFormation's resource specification refuses in a template: unknown resource types,
 * properties and attributes, missing required properties, and values of a wrong type.
 */
export const specificationFindings = ({ Resources, Outputs }: Template): string[] => {
  const properties = Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const specification = specificationOf(Type);
    if (specification === undefined) return [`${id}: the unknown type ${Type}`];
    return compareProperties(Properties, specification.properties, `${id} (${Type})`);
  });
  const attributes = attributesRead([Resources, Outputs]).flatMap(([id, attribute]) => {
    const type = Resources[id]?.Type;
    if (type === undefined) return [`GetAtt of the unknown resource ${id}`];
    const known = specificationOf(type)?.attributes ?? {};
    return attribute in known
      ? []
      : [`GetAtt of ${id} (${type}): the unknown attribute ${attribute}`];
  });
  return [...new Set([...properties, ...attributes])];
};
