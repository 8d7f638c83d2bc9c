import { type Reference, resolveSchema, type Schema } from "./document.ts";
import { Prose } from "./prose.tsx";

/** How many objects within objects are shown. */
const depthMax = 6;

const limitsOf = ({ minimum, maximum, minLength, maxLength, maxItems }: Schema): string[] => [
  ...(minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? [`at least ${minimum}`] : []),
  ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? [`at most ${maximum}`] : []),
  ...(minLength !== undefined && minLength > 1 ? [`at least ${minLength} characters`] : []),
  ...(maxLength !== undefined ? [`at most ${maxLength} characters`] : []),
  ...(maxItems !== undefined ? [`at most ${maxItems} items`] : []),
];

const namesOf = ({ type, enum: values, const: value, format }: Schema): string => {
  if (values !== undefined) return values.map((each) => JSON.stringify(each)).join(" or ");
  if (value !== undefined) return JSON.stringify(value);
  const types = [type ?? "any value"].flat().join(" or ");
  return format === undefined ? types : `${types} (${format})`;
};

/** The type of a schema in a few words. */
export const typeOf = (reference: Reference, given: Schema): string => {
  const schema = resolveSchema(reference, given);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    return [...new Set(options.map((each) => typeOf(reference, each)))].join(" or ");
  }
  if (schema.items !== undefined) return `list of ${typeOf(reference, schema.items)}`;
  const fallback =
    schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`];
  return [namesOf(schema), ...limitsOf(schema), ...fallback].join(", ");
};

interface Props {
  readonly reference: Reference;
  readonly schema: Schema;
  readonly depth?: number;
}

/** The objects within a schema: of its alternatives, of its items, or itself. */
const objectsOf = (reference: Reference, given: Schema): readonly Schema[] => {
  const schema = resolveSchema(reference, given);
  const inner = schema.anyOf ?? schema.oneOf ?? (schema.items === undefined ? [] : [schema.items]);
  if (inner.length > 0) return inner.flatMap((each) => objectsOf(reference, each));
  if (schema.properties !== undefined) return [schema];
  return typeof schema.additionalProperties === "object"
    ? objectsOf(reference, schema.additionalProperties)
    : [];
};

/** The fields of a schema, with those of the objects in them. */
export const SchemaView = ({ reference, schema, depth = 0 }: Props) => {
  const objects = objectsOf(reference, schema);
  if (objects.length === 0 && depth === 0) return <p>{typeOf(reference, schema)}</p>;
  if (depth > depthMax) return null;
  return (
    <>
      {objects.map((each, i) => (
        <div key={i} class="stack">
          {objects.length > 1 && (
            <p class="muted">
              Form {i + 1} of {objects.length}
            </p>
          )}
          <ul class="fields">
            {Object.entries(each.properties ?? {}).map(([name, field]) => (
              <Field
                key={name}
                name={name}
                isRequired={each.required?.includes(name) ?? false}
                {...{ reference, schema: field, depth }}
              />
            ))}
          </ul>
        </div>
      ))}
    </>
  );
};

type FieldProps = Required<Props> & { readonly name: string; readonly isRequired: boolean };

const Field = ({ reference, schema, depth, name, isRequired }: FieldProps) => {
  const { description } = resolveSchema(reference, schema);
  const hasObjects = objectsOf(reference, schema).length > 0;
  return (
    <li>
      <code>{name}</code>{" "}
      <span class="muted">
        {hasObjects ? "" : `${typeOf(reference, schema)}${isRequired ? ", " : ""}`}
        {isRequired ? "required" : ""}
      </span>
      {description !== undefined && (
        <p>
          <Prose value={description} />
        </p>
      )}
      {hasObjects && <SchemaView reference={reference} schema={schema} depth={depth + 1} />}
    </li>
  );
};
