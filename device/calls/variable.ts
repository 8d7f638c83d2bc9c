/** A value that the cloud may read. */
export type Variable =
  | { readonly type: "int32" | "double"; readonly read: () => number | Promise<number> }
  | { readonly type: "string"; readonly read: () => string | Promise<string> }
  | { readonly type: "bool"; readonly read: () => boolean | Promise<boolean> };

/** Variables by name. */
export type Variables = Readonly<Record<string, Variable>>;

/** Reads a variable. Fails when the value is not of its type. */
export const readVariable = async ({ type, read }: Variable): Promise<unknown> => {
  const value: unknown = await read();
  if (!is[type](value)) throw new Error(`the variable's value is no ${type}`);
  return value;
};

/** Whether a value is a whole number of 32 bits. */
export const isInt32 = (value: unknown): value is number =>
  typeof value === "number" && (value | 0) === value;

const is: Readonly<Record<Variable["type"], (value: unknown) => boolean>> = {
  int32: isInt32,
  double: Number.isFinite,
  string: (value) => typeof value === "string",
  bool: (value) => typeof value === "boolean",
};
