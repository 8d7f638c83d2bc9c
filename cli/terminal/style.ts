/** The colors of a text on a terminal. */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Color = keyof typeof codes;

/** Colors a text, or returns it as it is. */
export type Paint = (text: string, color: Color) => string;

export const paintOn: Paint = (text, color) => `\u001b[${codes[color]}m${text}\u001b[0m`;
export const paintOff: Paint = (text) => text;

/** Whether to color the output: https://no-color.org */
export const hasColor = (
  isTerminal: boolean,
  { NO_COLOR, FORCE_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
): boolean => {
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return isTerminal && TERM !== "dumb";
};
