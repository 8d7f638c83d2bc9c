import { useEffect, useRef, useState } from "preact/hooks";
import { apiUrl } from "../api/apiUrl.ts";
import { Block } from "../ui/text.tsx";
import { codeOf, type Language, languages } from "./code.ts";
import { type Operation, type Reference, resolveReply } from "./document.ts";
import { Inputs } from "./inputs.tsx";
import { Prose } from "./prose.tsx";
import { SchemaView } from "./schemaView.tsx";
import { TryIt } from "./tryIt.tsx";
import { exampleValues, type Made, requestOf } from "./values.ts";

interface Props {
  readonly reference: Reference;
  readonly operation: Operation;
  /** Whether the heading gets the focus: a link of the page led here. */
  readonly isFocused: boolean;
}

/** One operation: what it does, its input, its replies, its code, and a form that sends it. */
export const OperationView = ({ reference, operation, isFocused }: Props) => {
  const [values, setValues] = useState(() => exampleValues(operation));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${operation.summary} · Godwit API`;
    if (isFocused) heading.current?.focus();
  }, []);
  const made = requestOf(operation, values);
  return (
    <>
      <header class="stack">
        <h1 ref={heading} tabIndex={-1}>
          {operation.summary}
        </h1>
        <p>
          <code class="route">
            <b>{operation.method}</b> {operation.path}
          </code>
        </p>
        <p class="muted">
          {operation["x-godwit-origin"] === "particle"
            ? "As in Particle's API."
            : "An extension of Godwit."}{" "}
          <Prose value={operation.description} />
        </p>
      </header>
      <Inputs {...{ reference, operation, values }} onChange={setValues} />
      <Code operation={operation} made={made} />
      <section class="card">
        <h2>Try it on this cloud</h2>
        <TryIt operation={operation} made={made} />
      </section>
      <Replies {...{ reference, operation }} />
      <Errors {...{ reference, operation }} />
    </>
  );
};

const Code = ({ operation, made }: { operation: Operation; made: Made }) => {
  const [language, setLanguage] = useState<Language>("curl");
  const [isCopied, setCopied] = useState(false);
  const text =
    "request" in made
      ? codeOf(language, operation, { api: apiUrl, request: made.request })
      : made.problem;
  useEffect(() => setCopied(false), [text]);
  return (
    <section class="card">
      <header>
        <h2>Code</h2>
        <div class="actions">
          {languages.map((each) => (
            <button
              key={each}
              type="button"
              class="button small"
              aria-pressed={each === language}
              onClick={() => setLanguage(each)}
            >
              {each}
            </button>
          ))}
        </div>
      </header>
      <Block label={`Code: ${language}`} value={text} />
      <div class="actions end">
        <button
          type="button"
          class="button small"
          onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {isCopied ? "Copied" : "Copy"}
        </button>
      </div>
    </section>
  );
};

type Part = Pick<Props, "reference" | "operation">;

const isSuccess = (status: string): boolean => status.startsWith("2");

const Replies = ({ reference, operation }: Part) => (
  <>
    {Object.entries(operation.responses)
      .filter(([status]) => isSuccess(status))
      .map(([status, reply]) => {
        const { description = "", content = {} } = resolveReply(reference, reply);
        return (
          <section key={status} class="card">
            <h2>
              Reply {status}: <Prose value={description} />
            </h2>
            {Object.entries(content).map(([type, { schema, example }]) => (
              <div key={type} class="stack">
                <p class="muted">{type}</p>
                <SchemaView reference={reference} schema={schema} />
                {example !== undefined && <Block label="Example" value={exampleText(example)} />}
              </div>
            ))}
          </section>
        );
      })}
  </>
);

const exampleText = (example: unknown): string =>
  typeof example === "string" ? example : JSON.stringify(example, undefined, 2);

const Errors = ({ reference, operation }: Part) => {
  const failures = Object.entries(operation.responses).filter(([status]) => !isSuccess(status));
  if (failures.length === 0) return null;
  return (
    <section class="card">
      <h2>Errors</h2>
      <table>
        <thead>
          <tr>
            <th>Status</th>
            <th>
              <code>error</code>
            </th>
          </tr>
        </thead>
        <tbody>
          {failures.map(([status, reply]) => {
            const found = resolveReply(reference, reply);
            const codes = found["x-godwit-errors"];
            return (
              <tr key={status}>
                <td data-title="Status">{status}</td>
                <td data-title="error">
                  {codes === undefined ? (
                    <Prose value={found.description ?? ""} />
                  ) : (
                    codes.map((code) => (
                      <>
                        <code>{code}</code>{" "}
                      </>
                    ))
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
};
