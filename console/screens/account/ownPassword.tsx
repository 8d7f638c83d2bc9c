import { Field } from "../../ui/field.tsx";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly required?: boolean;
  onInput(value: string): void;
}

/** The password of the user, which the API asks for again before such a change. */
export const OwnPassword = (given: Props) => (
  <Field {...given} type="password" autocomplete="current-password" />
);
