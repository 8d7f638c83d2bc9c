/** The value of an option that takes one. */
export const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;
