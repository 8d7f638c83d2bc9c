import type { Source } from "./sources.ts";

const markdownColumnsMax = 120;
const commentColumnsMax = 100;

/** A line that cannot be wrapped: one word, code span or link after indentation and markers. */
const isOneWord = (line: string): boolean =>
  /^(?:[^\s`]|`[^`]*`)+$/.test(
    line
      .replace(/^\s*(?:\/\*\*|\*|\/\/|[-*+]|\d+\.)?\s+/, "")
      .replace(/\s\*\/$/, "")
      .trim(),
  );

/** Lines of Markdown, without those of code blocks, tables and headings. */
const proseOf = (text: string): [line: string, number: number][] => {
  let inBlock = false;
  return text.split("\n").flatMap((line, i): [string, number][] => {
    if (/^\s*(?:```|~~~)/.test(line)) {
      inBlock = !inBlock;
      return [];
    }
    return inBlock || /^\s*\||^#/.test(line) ? [] : [[line, i + 1]];
  });
};

/** Lines of TypeScript that are a comment, without tables and instructions to a linter. */
const commentsOf = (text: string): [line: string, number: number][] =>
  text
    .split("\n")
    .map((line, i): [string, number] => [line, i + 1])
    .filter(
      ([line]) =>
        /^\s*(?:\/\*\*|\*|\/\/)(?:\s|$)/.test(line) && !/biome-ignore|^\s*\*\s*\|/.test(line),
    );

/** Every line of prose in a file that is too wide, as `path:line: columns`. */
export const findWideLines = ({ path, text }: Source): string[] => {
  const isMarkdown = path.endsWith(".md");
  const max = isMarkdown ? markdownColumnsMax : commentColumnsMax;
  return (isMarkdown ? proseOf(text) : commentsOf(text))
    .filter(([line]) => [...line].length > max && !isOneWord(line))
    .map(([line, number]) => `${path}:${number}: ${[...line].length} columns, at most ${max}`);
};
