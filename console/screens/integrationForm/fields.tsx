import { Area, Field, Select } from "../../ui/field.tsx";
import type { BodyKind, Draft } from "./settings.ts";

interface Props {
  readonly draft: Draft;
  onChange(change: Partial<Draft>): void;
}

const bodyKinds: readonly (readonly [BodyKind, string])[] = [
  ["default", "Form with event, data, published_at and coreid"],
  ["json", "JSON"],
  ["form", "Form with my fields"],
  ["body", "Text"],
];

const methods = ["POST", "PUT", "GET", "DELETE"].map((each) => [each, each] as const);

/** The settings of a webhook that most people need. */
export const WebhookFields = ({ draft, onChange }: Props) => (
  <>
    <Field
      label="Events whose names begin with"
      value={draft.event}
      required
      maxLength={64}
      onInput={(event) => onChange({ event })}
    />
    <Field
      label="URL"
      type="text"
      value={draft.url}
      required
      placeholder="https://example.com/hook"
      onInput={(url) => onChange({ url })}
    />
    <Select
      label="Method"
      value={draft.requestType}
      options={methods}
      onChange={(requestType) => onChange({ requestType })}
    />
    <BodyFields draft={draft} onChange={onChange} />
    <Area
      label="Headers"
      rows={3}
      isCode
      value={draft.headers}
      hint="One in each line: name: value. Keys and tokens are stored encrypted."
      onInput={(headers) => onChange({ headers })}
    />
    <Field
      label="Name (optional)"
      value={draft.name}
      maxLength={100}
      onInput={(name) => onChange({ name })}
    />
    <Field
      label="Only events of this device (optional)"
      value={draft.device}
      placeholder="Id or name"
      onInput={(device) => onChange({ device })}
    />
  </>
);

const BodyFields = ({ draft, onChange }: Props) => (
  <>
    <Select
      label="Body"
      value={draft.body}
      options={bodyKinds}
      onChange={(value) => onChange({ body: bodyKinds.find(([kind]) => kind === value)?.[0] })}
    />
    {draft.body !== "default" && (
      <Area
        label={draft.body === "body" ? "Text of the body" : "Fields of the body"}
        rows={7}
        isCode
        value={draft.content}
        hint={
          <>
            <code>{"{{celsius}}"}</code> is a member of JSON data;{" "}
            <code>{"{{{PARTICLE_EVENT_VALUE}}}"}</code> is the data as it is.
          </>
        }
        onInput={(content) => onChange({ content })}
      />
    )}
  </>
);
