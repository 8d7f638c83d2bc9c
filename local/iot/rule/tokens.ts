import { UnsupportedSqlError } from "./sqlErrors.ts";

/** A word, constant or symbol of the rule SQL. */
export type Token =
  | { readonly kind: "word" | "string" | "symbol"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number };

const tokenPattern =
  /\s*(?:(?<word>[a-zA-Z_][a-zA-Z0-9_]*)|(?<number>\d+(?:\.\d+)?)|'(?<string>[^']*)'|(?<symbol><>|<=|>=|[*,.()=<>+/-]))/y;

/** Splits a text into tokens. Fails with an `UnsupportedSqlError` on anything else. */
export const tokens = (text: string): Token[] => {
  const found: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined)
      throw new UnsupportedSqlError(text, `cannot read ${text.slice(at).trim()}`);
    const { word, number, string, symbol } = groups;
    if (word !== undefined) found.push({ kind: "word", text: word });
    else if (number !== undefined)
      found.push({ kind: "number", text: number, value: Number(number) });
    else if (string !== undefined) found.push({ kind: "string", text: string });
    else found.push({ kind: "symbol", text: symbol ?? "" });
  }
  return found;
};
