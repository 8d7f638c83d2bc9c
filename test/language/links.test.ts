import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it } from "vitest";
import { readSources } from "./sources.ts";

const documents = readSources().filter(({ path }) => path.endsWith(".md"));
const decisions = documents.filter(({ path }) => path.startsWith("docs/adr/"));

it("each decision has a number of its own, the same in its file name and its title", () => {
  const numbers = decisions.map(({ path }) => basename(path).slice(0, 4));
  expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([]);
  const titles = decisions.map(({ text }) => Number(/^# (\d+)\. /.exec(text)?.[1]));
  expect(titles).toEqual(numbers.map(Number));
});

it("each link from a document to a file leads to a file, with the number that it names", () => {
  const broken = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\[([^\]]*)\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].flatMap(([, name, target]) => {
      if (name === undefined || target === undefined || /^[a-z]+:/.test(target)) return [];
      const isFound = existsSync(join(dirname(path), target));
      const number = /^ADR\s+(\d+)$/.exec(name)?.[1];
      const isNamed =
        number === undefined || Number(basename(target).slice(0, 4)) === Number(number);
      return isFound && isNamed ? [] : [`${path}: [${name}](${target})`];
    }),
  );
  expect(broken).toEqual([]);
});
