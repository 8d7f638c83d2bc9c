import * as z from "zod";

/** A JSON schema, resolved where it is read. */
export const schema = z.record(z.string(), z.unknown());

type Schema = Readonly<Record<string, unknown>>;

/** The part of a document to which the references of its schemas lead. */
export const components = {
  components: z.looseObject({ schemas: z.record(z.string(), schema) }),
};

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Who receives the values of a schema: the API (input), or a client (replies). */
type Direction = "input" | "reply";

interface Side {
  readonly schema: Schema;
  readonly of: Document;
}

/** What a schema describes. */
export interface Place {
  /** Where the schema is, for the message. */
  readonly at: string;
  readonly direction: Direction;
}

/**
 * Names the changes of a schema that can break who sends its values (input) or receives them
 * (reply).
 */
export const ofSchemas = (before: Side, after: Side, place: Place): string[] => {
  const [old, now] = [resolve(before), resolve(after)];
  if (JSON.stringify(old) === JSON.stringify(now) && !JSON.stringify(old).includes("$ref"))
    return [];
  const alternatives = ofAlternatives({ ...before, schema: old }, { ...after, schema: now }, place);
  if (alternatives !== undefined) return alternatives;
  return [
    ...ofTypes(old, now, place),
    ...ofValues(old, now, place),
    ...ofLimits(old, now, place),
    ...ofFields({ ...before, schema: old }, { ...after, schema: now }, place),
    ...ofItems({ ...before, schema: old }, { ...after, schema: now }, place),
  ];
};

const resolve = ({ schema: given, of }: Side): Schema => {
  const name = typeof given.$ref === "string" ? given.$ref.split("/").at(-1) : undefined;
  return name === undefined ? given : (of.components.schemas[name] ?? {});
};

const schemas = z.array(schema);

const alternativesOf = ({ schema: given, of }: Side): Side[] | undefined => {
  const parsed = schemas.safeParse(given.anyOf ?? given.oneOf);
  return parsed.data?.map((each) => ({ schema: each, of }));
};

/** With alternatives: each that a client sends needs one that accepts it, and the reverse. */
const ofAlternatives = (before: Side, after: Side, place: Place): string[] | undefined => {
  const [old, now] = [alternativesOf(before), alternativesOf(after)];
  if (old === undefined && now === undefined) return undefined;
  const [needed, offered] =
    place.direction === "input"
      ? [old ?? [before], now ?? [after]]
      : [now ?? [after], old ?? [before]];
  const compare = (one: Side, other: Side): string[] =>
    place.direction === "input" ? ofSchemas(one, other, place) : ofSchemas(other, one, place);
  return needed.flatMap((one, i) => {
    const changes = offered.map((other) => compare(one, other));
    if (changes.some((each) => each.length === 0)) return [];
    return changes[i] ?? changes[0] ?? [`${place.at} has no alternatives`];
  });
};

const typesOf = ({ type }: Schema): string[] | undefined =>
  z.union([z.array(z.string()), z.string().transform((one) => [one])]).safeParse(type).data;

const accepts = (types: readonly string[] | undefined, type: string): boolean =>
  types === undefined || types.includes(type) || (type === "integer" && types.includes("number"));

const ofTypes = (old: Schema, now: Schema, { at, direction }: Place): string[] => {
  const [given, taken] = direction === "input" ? [old, now] : [now, old];
  const types = typesOf(given);
  const isAccepted =
    types === undefined
      ? typesOf(taken) === undefined
      : types.every((type) => accepts(typesOf(taken), type));
  const name = (of: Schema): string => typesOf(of)?.join(" or ") ?? "any type";
  return isAccepted ? [] : [`${at} was ${name(old)} and is ${name(now)}`];
};

const valuesOf = ({ enum: values, const: value }: Schema): unknown[] | undefined =>
  Array.isArray(values) ? values : value === undefined ? undefined : [value];

const ofValues = (old: Schema, now: Schema, { at, direction }: Place): string[] => {
  const [given, taken] = direction === "input" ? [old, now] : [now, old];
  const [values, accepted] = [valuesOf(given), valuesOf(taken)];
  if (accepted === undefined) return [];
  const missing = values?.filter((value) => !accepted.includes(value)) ?? ["other values"];
  const verb = direction === "input" ? "no longer accepts" : "can now be";
  return missing.map((value) => `${at} ${verb} ${JSON.stringify(value)}`);
};

const limits = { minimum: 1, minLength: 1, minItems: 1, maximum: -1, maxLength: -1, maxItems: -1 };

/** Input whose limits became narrower. */
const ofLimits = (old: Schema, now: Schema, { at, direction }: Place): string[] =>
  direction === "reply"
    ? []
    : Object.entries(limits).flatMap(([name, sign]) => {
        const [before, after] = [old[name], now[name]];
        if (typeof after !== "number") return [];
        const isNarrower = typeof before !== "number" || sign * after > sign * before;
        return isNarrower ? [`${at}: ${name} was ${before ?? "absent"} and is ${after}`] : [];
      });

const fields = z.looseObject({
  properties: z.record(z.string(), schema).default({}),
  required: z.array(z.string()).default([]),
});

const ofFields = (before: Side, after: Side, { at, direction }: Place): string[] => {
  const [old, now] = [fields.parse(before.schema), fields.parse(after.schema)];
  const known = Object.entries(old.properties).flatMap(([name, each]) => {
    const same = now.properties[name];
    const field = `${at}: the field ${name}`;
    if (same === undefined) return [`${field} was removed`];
    const sides = [
      { schema: each, of: before.of },
      { schema: same, of: after.of },
    ] as const;
    return ofSchemas(...sides, { at: field, direction });
  });
  const [more, less] = direction === "input" ? [now, old] : [old, now];
  const word = direction === "input" ? "is now required" : "is no longer always present";
  const required = more.required
    .filter((name) => !less.required.includes(name) && name in now.properties)
    .map((name) => `${at}: the field ${name} ${word}`);
  return [...known, ...required];
};

const ofItems = (before: Side, after: Side, { at, direction }: Place): string[] => {
  const [old, now] = [schema.safeParse(before.schema.items), schema.safeParse(after.schema.items)];
  if (!old.success || !now.success) return [];
  const sides = [
    { schema: old.data, of: before.of },
    { schema: now.data, of: after.of },
  ] as const;
  return ofSchemas(...sides, { at: `${at}: an item`, direction });
};
