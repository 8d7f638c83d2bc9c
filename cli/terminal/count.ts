/** `1 device`, `2 devices`; `or more` if only a part was counted. */
export const count = (
  many: number,
  one: string,
  { atLeast = false, plural = `${one}s` } = {},
): string =>
  `${many.toLocaleString("en")}${atLeast ? " or more" : ""} ${many === 1 && !atLeast ? one : plural}`;
