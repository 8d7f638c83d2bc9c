import * as z from "zod/v4/core";

/** A field that a schema does not know. */
export interface UnknownField {
  /** Path of the field, outermost name first. */
  readonly path: readonly string[];
  /** The known names at this level. */
  readonly known: readonly string[];
  /** The field is known, but not in combination with the other fields. */
  readonly isMisplaced: boolean;
}

/** The fields that a schema allows in an object. */
interface Shape {
  /** Each with its schemas: several in an intersection or a union. */
  readonly fields: ReadonlyMap<string, readonly z.$ZodType[]>;
  /** Whether other fields are allowed. */
  readonly open: boolean;
}

type Given = Readonly<Record<string, unknown>>;

/** zod drops a field of this name from records and open objects, so no schema can have it. */
export const reservedName = "__proto__";

/**
 * Finds the fields of a value that its schema would drop silently, at every depth of objects,
 * unions, intersections, lists, records and pipes. `ignored` are allowed names at the top level. A
 * transform in front of a schema (`z.preprocess`) runs first, because it may rename fields.
 */
export const unknownFields = (
  schema: z.$ZodType,
  value: unknown,
  ignored: ReadonlySet<string> = new Set(),
): UnknownField[] => unknownIn(schema, value, { path: [], ignored });

interface Context {
  readonly path: readonly string[];
  readonly ignored: ReadonlySet<string>;
}

const unknownIn = (schema: z.$ZodType, given: unknown, context: Context): UnknownField[] => {
  const { inner, value } = unwrap(schema, given);
  const below = (name: string): Context => ({ path: [...context.path, name], ignored: new Set() });
  if (Array.isArray(value)) {
    const element = elementOf(inner);
    return element === undefined
      ? []
      : value.flatMap((one, i) => unknownIn(element, one, below(String(i))));
  }
  if (!isObject(value) || inner instanceof z.$ZodUnknown || inner instanceof z.$ZodAny) return [];
  const reserved = Object.hasOwn(value, reservedName)
    ? [{ path: [...context.path, reservedName], known: [], isMisplaced: false }]
    : [];
  if (inner instanceof z.$ZodRecord) {
    const { valueType } = inner._zod.def;
    return [
      ...reserved,
      ...fieldsOf(value).flatMap(([name, one]) => unknownIn(valueType, one, below(name))),
    ];
  }
  const all = shapeOf(inner, value, "all");
  if (all === undefined) return [];
  const { fields, open } = shapeOf(inner, value, "fitting") ?? all;
  const unknown = fieldsOf(value).flatMap(([name, one]) => {
    const schemas = fields.get(name);
    if (schemas !== undefined)
      return shortest(schemas.map((one_) => unknownIn(one_, one, below(name))));
    if (open || context.ignored.has(name)) return [];
    const path = [...context.path, name];
    return [{ path, known: [...all.fields.keys()], isMisplaced: all.fields.has(name) }];
  });
  return [...reserved, ...unknown];
};

const fieldsOf = (value: Given): [name: string, value: unknown][] =>
  Object.entries(value).filter(([name]) => name !== reservedName);

const shortest = (found: readonly UnknownField[][]): UnknownField[] =>
  found.toSorted((one, other) => one.length - other.length)[0] ?? [];

const isObject = (value: unknown): value is Given =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Unwraps a schema, and returns the value that the inner schema receives. */
const unwrap = (schema: z.$ZodType, value: unknown): { inner: z.$ZodType; value: unknown } => {
  if (
    schema instanceof z.$ZodOptional ||
    schema instanceof z.$ZodNullable ||
    schema instanceof z.$ZodDefault ||
    schema instanceof z.$ZodPrefault ||
    schema instanceof z.$ZodNonOptional ||
    schema instanceof z.$ZodReadonly ||
    schema instanceof z.$ZodCatch
  ) {
    return unwrap(schema._zod.def.innerType, value);
  }
  if (schema instanceof z.$ZodLazy) return unwrap(schema._zod.def.getter(), value);
  if (schema instanceof z.$ZodPipe) {
    const { in: first, out } = schema._zod.def;
    if (!(first instanceof z.$ZodTransform)) return unwrap(first, value);
    const { success, data } = z.safeParse(first, value);
    return success ? unwrap(out, data) : { inner: out, value: undefined };
  }
  return { inner: schema, value };
};

const elementOf = (schema: z.$ZodType): z.$ZodType | undefined => {
  if (schema instanceof z.$ZodArray) return schema._zod.def.element;
  if (!(schema instanceof z.$ZodUnion)) return undefined;
  return schema._zod.def.options
    .map((one) => elementOf(unwrap(one, undefined).inner))
    .find(Boolean);
};

/**
 * The fields that a schema allows: `all`, or only those of the options of a union that are
 * `fitting`.
 */
const shapeOf = (schema: z.$ZodType, given: Given, which: "all" | "fitting"): Shape | undefined => {
  const { inner, value } = unwrap(schema, given);
  if (!isObject(value)) return undefined;
  if (inner instanceof z.$ZodObject) {
    const { shape, catchall } = inner._zod.def;
    const fields = Object.entries(shape).map(([name, one]) => [name, [one]] as const);
    const open = catchall !== undefined && !(catchall instanceof z.$ZodNever);
    return { fields: new Map(fields), open };
  }
  if (inner instanceof z.$ZodIntersection) {
    const { left, right } = inner._zod.def;
    return merged([shapeOf(left, value, which), shapeOf(right, value, which)]);
  }
  if (inner instanceof z.$ZodUnion) {
    const { options } = inner._zod.def;
    const fitting = options.filter((one) => z.safeParse(one, value).success);
    if (which === "all" || fitting.length === 0) {
      return merged(options.map((one) => shapeOf(one, value, which)));
    }
    const shapes = fitting.map((one) => shapeOf(one, value, which) ?? anyShape);
    return shapes.toSorted(
      (one, other) => unknownCount(one, value) - unknownCount(other, value),
    )[0];
  }
  return inner instanceof z.$ZodRecord ||
    inner instanceof z.$ZodAny ||
    inner instanceof z.$ZodUnknown
    ? anyShape
    : undefined;
};

const anyShape: Shape = { fields: new Map(), open: true };

/** Number of fields that a shape does not know. */
const unknownCount = ({ fields, open }: Shape, value: Given): number =>
  open ? 0 : Object.keys(value).filter((name) => !fields.has(name)).length;

const merged = (shapes: readonly (Shape | undefined)[]): Shape | undefined => {
  const found = shapes.filter((one) => one !== undefined);
  if (found.length === 0) return undefined;
  const fields = new Map<string, readonly z.$ZodType[]>();
  for (const one of found) {
    for (const [name, schemas] of one.fields) {
      fields.set(name, [...(fields.get(name) ?? []), ...schemas]);
    }
  }
  return { fields, open: found.some(({ open }) => open) };
};
