/** A parsed math expression. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  /** The id of a metric or of another expression. */
  | { readonly kind: "id"; readonly id: string }
  /** A word that is an option of a function, such as `REPEAT`. */
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "minus"; readonly operand: Expression }
  | {
      readonly kind: "operation";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    };

export type Operator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "^"
  | "=="
  | "!="
  | "<="
  | ">="
  | "<"
  | ">"
  | "AND"
  | "OR";

/** The ids that an expression refers to. */
export const idsOf = (expression: Expression): readonly string[] => {
  switch (expression.kind) {
    case "id":
      return [expression.id];
    case "list":
      return expression.items.flatMap(idsOf);
    case "call":
      return expression.args.flatMap(idsOf);
    case "minus":
      return idsOf(expression.operand);
    case "operation":
      return [...idsOf(expression.left), ...idsOf(expression.right)];
    default:
      return [];
  }
};
