import type { ComponentChildren, TargetedInputEvent } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly value: string;
  readonly type?: "text" | "password" | "search" | "datetime-local";
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly autocomplete?:
    | "username"
    | "current-password"
    | "new-password"
    | "one-time-code"
    | "off";
  readonly maxLength?: number;
  /** Hides the label from the eyes, where the place says it. */
  readonly isBare?: boolean;
  onInput(value: string): void;
}

/** A field for one line of text. */
export const Field = (given: FieldProps) => {
  const { label, hint, isBare = false, type = "text", onInput, ...rest } = given;
  const id = useId();
  const input = {
    ...rest,
    id,
    spellcheck: false,
    "aria-describedby": hint === undefined ? undefined : `${id}-hint`,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id} class={isBare ? "hidden" : ""}>
        {label}
      </label>
      {type === "password" && <input type="password" {...input} />}
      {type === "search" && <input type="search" {...input} />}
      {type === "datetime-local" && <input type="datetime-local" {...input} />}
      {type === "text" && <input type="text" {...input} />}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
};

interface AreaProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly value: string;
  readonly rows?: number;
  readonly isCode?: boolean;
  readonly required?: boolean;
  readonly maxLength?: number;
  onInput(value: string): void;
}

/** A field for several lines of text. */
export const Area = (given: AreaProps) => {
  const { label, hint, value, rows = 4, isCode = false, required, maxLength, onInput } = given;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        class={isCode ? "code" : ""}
        value={value}
        required={required}
        maxLength={maxLength}
        spellcheck={!isCode}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
};

interface SelectProps {
  readonly label: string;
  readonly value: string;
  /** Value and text of each option. */
  readonly options: readonly (readonly [string, string])[];
  readonly isBare?: boolean;
  onChange(value: string): void;
}

/** A choice from a list. */
export const Select = ({ label, value, options, isBare = false, onChange }: SelectProps) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={isBare ? "hidden" : ""}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name} selected={name === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
};
