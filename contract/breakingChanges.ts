import * as z from "zod";

/** A JSON schema, resolved where it is read. */
type Schema = Readonly<Record<string, unknown>>;

const schema = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.looseObject({ schema: schema.optional() }));

const parameter = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.boolean().default(false),
  schema: schema.default({}),
});

const reply = z.looseObject({ $ref: z.string().optional(), content: content.optional() });

const operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameter).default([]),
  requestBody: z
    .looseObject({ required: z.boolean().default(false), content: content.default({}) })
    .optional(),
  responses: z.record(z.string(), reply),
});

const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), schema) }),
});

type Operation = z.output<typeof operation>;
type Document = z.output<typeof document>;

/** Who receives the values of a schema: the API (input), or a client (replies). */
type Direction = "input" | "reply";

interface Side {
  readonly schema: Schema;
  readonly of: Document;
}

/**
 * Names each change between two OpenAPI documents that can break a client of the first one: a
 * removed operation, parameter, field, status or content type, a new required parameter or field, a
 * narrower input, and a wider reply. New operations, optional input, and new fields of replies are
 * no such changes.
 */
export const breakingChanges = (released: unknown, current: unknown): string[] => {
  const before = document.parse(released);
  const after = document.parse(current);
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, old]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now === undefined) return [`${name}: the operation was removed`];
      const found = [
        ...renamed(old, now),
        ...ofParameters(old, now, { before, after }),
        ...ofBody(old, now, { before, after }),
        ...ofReplies(old, now, { before, after }),
      ];
      return found.map((change) => `${name}: ${change}`);
    }),
  );
};

interface Documents {
  readonly before: Document;
  readonly after: Document;
}

const renamed = (old: Operation, now: Operation): string[] =>
  old.operationId === now.operationId
    ? []
    : [`the operation ${old.operationId} is now named ${now.operationId}`];

const keyOf = ({ name, in: place }: z.output<typeof parameter>): string => `${place} ${name}`;

const ofParameters = (old: Operation, now: Operation, { before, after }: Documents): string[] => {
  const known = new Map(old.parameters.map((each) => [keyOf(each), each]));
  const left = new Map(now.parameters.map((each) => [keyOf(each), each]));
  return [
    ...[...known].flatMap(([key, each]) => {
      const same = left.get(key);
      if (same === undefined) return [`the parameter ${key} was removed`];
      const sides = [
        { schema: each.schema, of: before },
        { schema: same.schema, of: after },
      ] as const;
      return ofSchemas(...sides, { at: `the parameter ${key}`, direction: "input" });
    }),
    ...[...left]
      .filter(([key, { required }]) => required && known.get(key)?.required !== true)
      .map(([key]) => `the parameter ${key} is now required`),
  ];
};

const ofBody = (old: Operation, now: Operation, { before, after }: Documents): string[] => {
  if (now.requestBody === undefined)
    return old.requestBody === undefined ? [] : ["the body was removed"];
  const isNowRequired = now.requestBody.required && old.requestBody?.required !== true;
  return [
    ...(isNowRequired ? ["the body is now required"] : []),
    ...ofContents(old.requestBody?.content ?? {}, now.requestBody.content, {
      before,
      after,
      at: "the body",
      direction: "input",
    }),
  ];
};

const ofReplies = (old: Operation, now: Operation, documents: Documents): string[] =>
  Object.entries(old.responses).flatMap(([status, { content: given }]) => {
    if (!status.startsWith("2")) return [];
    const same = now.responses[status];
    const at = `the reply ${status}`;
    if (same === undefined) return [`${at} was removed`];
    return ofContents(given ?? {}, same.content ?? {}, { ...documents, at, direction: "reply" });
  });

type Content = z.output<typeof content>;

const ofContents = (
  old: Content,
  now: Content,
  { before, after, ...rest }: Documents & Place,
): string[] =>
  Object.entries(old).flatMap(([type, { schema: given = {} }]) => {
    const same = now[type];
    if (same === undefined) return [`${rest.at} is no longer ${type}`];
    return ofSchemas({ schema: given, of: before }, { schema: same.schema ?? {}, of: after }, rest);
  });

interface Place {
  /** Where the schema is, for the message. */
  readonly at: string;
  readonly direction: Direction;
}

const ofSchemas = (before: Side, after: Side, place: Place): string[] => {
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
