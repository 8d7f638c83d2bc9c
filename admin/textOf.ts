/** The value of an option. */
export const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;
