import { Area, Field } from "../../ui/field.tsx";
import { fieldsOf, type Kind, type KindDraft } from "./kinds.ts";

interface Props {
  readonly kind: Kind;
  readonly draft: KindDraft;
  onChange(change: KindDraft): void;
}

/** The settings of a kind of integration other than a webhook. */
export const KindFields = ({ kind, draft, onChange }: Props) => (
  <>
    {fieldsOf(kind).map(({ name, label, hint, placeholder, isOptional, isSecret, isText }) => {
      const common = {
        label: isOptional ? `${label} (optional)` : label,
        value: draft[name] ?? "",
        required: isOptional !== true,
        hint: isSecret ? "Stored encrypted, and never shown again." : hint,
        onInput: (value: string) => onChange({ [name]: value }),
      };
      return isText ? (
        <Area key={name} {...common} rows={5} isCode />
      ) : (
        <Field
          key={name}
          {...common}
          {...(isSecret && { type: "password" })}
          autocomplete="off"
          {...(placeholder !== undefined && { placeholder })}
        />
      );
    })}
  </>
);
