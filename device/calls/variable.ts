/** A variable that the cloud can read. */
export type Variable =
  | { readonly type: "int32" | "double"; readonly read: () => number | Promise<number> }
  | { readonly type: "string"; readonly read: () => string | Promise<string> }
  | { readonly type: "bool"; readonly read: () => boolean | Promise<boolean> };

/** Variables by name. */
export type Variables = Readonly<Record<string, Variable>>;

/** Reads a variable. Rejects if the value does not match the variable's type. */
export const readVariable = async ({ type, read }: Variable): Promise<unknown> => {
  const value: unknown = await read();
  if (!matchesType[type](value)) throw new Error(`the variable's value is not of type ${type}`);
  return value;
};

/** Whether a value is a signed 32-bit integer. */
export const isInt32 = (value: unknown): value is number =>
  typeof value === "number" && (value | 0) === value;

const matchesType: Readonly<Record<Variable["type"], (value: unknown) => boolean>> = {
  int32: isInt32,
  double: Number.isFinite,
  string: (value) => typeof value === "string",
  bool: (value) => typeof value === "boolean",
};
