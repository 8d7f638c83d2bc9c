import { expect, it } from "vitest";
import { drills } from "../../drill/drills.ts";
import { parseOptions } from "../../drill/options.ts";

const [first, second] = drills;

it("runs the named drills, by default in their long form", () => {
  const names = [second!.name, first!.name];
  expect(parseOptions(names, drills)).toEqual({
    drills: [second, first],
    form: "long",
    json: false,
    record: false,
  });
  expect(parseOptions([first!.name, "--short", "--json"], drills)).toEqual({
    drills: [first],
    form: "short",
    json: true,
    record: false,
  });
});

it("runs all drills", () => {
  expect(parseOptions(["all"], drills)).toMatchObject({ drills });
});

it.each([[], ["2018"], ["all", "herd"], ["herd", "--fast"]])("rejects %s %s", (...args) => {
  expect(() => parseOptions(args, drills)).toThrow();
});

it.each([
  ["al", "Did you mean 'all'?"],
  ["2020-07-backlgo", "Did you mean '2020-07-backlog'?"],
  ["all herd", "'all' takes no further names"],
])("says what is wrong with '%s'", (line, reason) => {
  expect(() => parseOptions(line.split(" "), drills)).toThrow(reason);
});

it("each drill has a unique name and promise", () => {
  expect(new Set(drills.map(({ name }) => name)).size).toBe(drills.length);
  expect(new Set(drills.map(({ promise }) => promise)).size).toBe(drills.length);
});
