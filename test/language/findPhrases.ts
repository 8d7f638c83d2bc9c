import { phrases } from "./phrases.ts";
import { lineAt, type Source } from "./sources.ts";

/**
 * A line break in prose, with the marker of a comment, a quotation or a list item on the next line.
 */
const space = String.raw`\s+(?:(?:\*|//|>|-)\s+)?`;

/** The pattern of a phrase: letters, spaces, and `*` for the first part of a word. */
const patternOf = (phrase: string): string => {
  const [first = "", ...words] = phrase.split(" ");
  const initial = first.slice(0, 1);
  const start =
    initial === "*" ? String.raw`\w+` : `[${initial.toLowerCase()}${initial.toUpperCase()}]`;
  return [start + first.slice(1), ...words].join(space);
};

const entries = phrases.map(([phrase, better]) => ({
  better,
  pattern: new RegExp(`^${patternOf(phrase)}$`),
}));

// Paths, topics and keys of stored data keep their names: `heard/`, `owed#`.
const anyPhrase = new RegExp(
  String.raw`(?<![\w/#-])(?:${phrases.map(([phrase]) => patternOf(phrase)).join("|")})(?![\w/#-])`,
  "g",
);

/** Every phrase of the list in a file, as `path:line: "phrase": write "better"`. */
export const findPhrases = ({ path, text }: Source): string[] =>
  [...text.matchAll(anyPhrase)].map(({ 0: found, index }) => {
    const better = entries.find(({ pattern }) => pattern.test(found))?.better;
    const phrase = found.replace(/\s+(?:[*/>-]+\s+)?/g, " ");
    return `${path}:${lineAt(text, index)}: "${phrase}": write "${better}"`;
  });
