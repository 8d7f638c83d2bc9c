import { useId } from "preact/hooks";
import { type Operation, type Parameter, type Reference, resolveSchema } from "./document.ts";
import { Prose } from "./prose.tsx";
import { SchemaView, typeOf } from "./schemaView.tsx";
import { keyOf, type Values } from "./values.ts";

interface Props {
  readonly reference: Reference;
  readonly operation: Operation;
  readonly values: Values;
  onChange(values: Values): void;
}

/** The parameters and the body of an operation, with fields to fill in. */
export const Inputs = ({ reference, operation, values, onChange }: Props) => {
  const { parameters = [], requestBody } = operation;
  const body = requestBody?.content["application/json"];
  return (
    <>
      {parameters.length > 0 && (
        <section class="card">
          <h2>Parameters</h2>
          {parameters.map((each) => (
            <ParameterField
              key={keyOf(each)}
              reference={reference}
              parameter={each}
              value={values.parameters[keyOf(each)] ?? ""}
              onChange={(value) =>
                onChange({
                  ...values,
                  parameters: { ...values.parameters, [keyOf(each)]: value },
                })
              }
            />
          ))}
        </section>
      )}
      {body !== undefined && (
        <section class="card">
          <h2>Body (JSON{requestBody?.required ? "" : ", optional"})</h2>
          <SchemaView reference={reference} schema={body.schema} />
          <BodyField value={values.body} onChange={(text) => onChange({ ...values, body: text })} />
        </section>
      )}
      {parameters.length === 0 && body === undefined && (
        <p class="muted">No parameters and no body.</p>
      )}
    </>
  );
};

interface ParameterProps {
  readonly reference: Reference;
  readonly parameter: Parameter;
  readonly value: string;
  onChange(value: string): void;
}

const ParameterField = ({ reference, parameter, value, onChange }: ParameterProps) => {
  const id = useId();
  const { name, description, schema } = parameter;
  const text = description ?? resolveSchema(reference, schema).description;
  return (
    <div class="field">
      <label for={id}>
        <code>{name}</code>{" "}
        <span class="muted">
          in the {parameter.in}, {typeOf(reference, schema)}
          {parameter.required === true ? ", required" : ""}
        </span>
      </label>
      {text !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          <Prose value={text} />
        </p>
      )}
      <input
        id={id}
        value={value}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={text === undefined ? undefined : `${id}-hint`}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </div>
  );
};

const BodyField = ({ value, onChange }: { value: string; onChange(text: string): void }) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Body to send</label>
      <textarea
        id={id}
        class="code"
        rows={Math.min(20, value.split("\n").length + 1)}
        spellcheck={false}
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </div>
  );
};
