import { scanTokens } from "../../platform/scanTokens.ts";
import { UnsupportedSqlError } from "./sqlErrors.ts";

/** A word, constant or symbol of the rule SQL. */
export type Token =
  | { readonly kind: "word" | "string" | "symbol"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number };

const tokenPattern =
  /\s*(?:(?<word>[a-zA-Z_][a-zA-Z0-9_]*)|(?<number>\d+(?:\.\d+)?)|'(?<string>[^']*)'|(?<symbol><>|<=|>=|[*,.()=<>+/-]))/y;

/** Splits a text into tokens. Fails with an `UnsupportedSqlError` on anything else. */
export const tokens = (text: string): Token[] =>
  scanTokens(text, tokenPattern, {
    tokenOf,
    invalid: (rest) => new UnsupportedSqlError(text, `cannot read ${rest.trim()}`),
  });

const tokenOf = ({ groups = {} }: RegExpExecArray): Token => {
  const { word, number, string, symbol } = groups;
  if (word !== undefined) return { kind: "word", text: word };
  if (number !== undefined) return { kind: "number", text: number, value: Number(number) };
  if (string !== undefined) return { kind: "string", text: string };
  return { kind: "symbol", text: symbol ?? "" };
};
