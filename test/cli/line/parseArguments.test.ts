import { describe, expect, it } from "vitest";
import { commands } from "../../../cli/commands/commands.ts";
import { helpOf } from "../../../cli/line/help.ts";
import { optionsOf, parseArguments } from "../../../cli/line/parseArguments.ts";

const parse = (line: string | readonly string[]) => {
  const parsed = parseArguments(typeof line === "string" ? line.split(" ") : line, commands);
  if ("show" in parsed) throw new Error(`shows ${parsed.show}`);
  return parsed;
};

describe("command line", () => {
  it.each([
    ["devics list", /no command devics\. Did you mean devices\?/],
    ["devices lst", /no command devices lst\. Did you mean list\?/],
    ["devices", /devices needs one of list, provision, call, get, revoke/],
    ["event tail", /Did you mean events\?/],
    ["events tail --filtr x", /events tail has no option --filtr\. Did you mean --filter\?/],
    ["events tail -f x", /has no option -f/],
    ["devices list --sort nam", /one of name, last_heard, created, not nam\. Did you mean name\?/],
    ["devices list --limit many", /--limit must be a whole number from 1/],
    ["devices list --limit 0", /--limit must be a whole number from 1/],
    ["devices list --search", /--search needs a value/],
    ["devices list --search= --json", /--search must not be empty/],
    ["devices list --search a --search b", /--search occurs twice/],
    ["devices list --online=yes", /--online takes no value/],
    ["devices call lamp", /needs FUNCTION/],
    ["devices call lamp led a b", /takes no further argument b/],
    ["completion powershell", /SHELL is one of bash, zsh, fish/],
    ["login --api", /--api needs a value/],
  ])("refuses %j and says what to do", (line, message) => {
    const read = () => parse(line).input.number("limit", { min: 1, max: 9 });
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ exit: 2 }));
  });

  it("does not repeat hostile words to the terminal", () => {
    for (const args of [
      ["\u001b[2J"],
      ["devices", "\u001b[2J"],
      ["devices", "list", "--\u001b[2J"],
    ]) {
      expect(() => parse(args)).toThrow(/\\u\{1b\}/);
    }
  });

  it("accepts options before, between and after the words of a command", () => {
    for (const line of [
      "--product 7 devices list --json",
      "devices --product 7 list --json",
      "devices list --json --product=7",
    ]) {
      const { command, input } = parse(line);
      expect([command.words, input.text("product"), input.has("json")]).toEqual([
        "devices list",
        "7",
        true,
      ]);
    }
  });

  it("reads numbers, dashes and everything after -- as arguments", () => {
    expect(parse("devices call lamp led -5").input.argument("ARGUMENT")).toBe("-5");
    expect(parse("devices call lamp led -").input.argument("ARGUMENT")).toBe("-");
    expect(parse("publish x -- --json").input.argument("DATA")).toBe("--json");
    expect(parse(["publish", "x", ""]).input.argument("DATA")).toBe("");
  });

  it("shows the help of all commands, of a group and of one command", () => {
    const shown = (line: string) => {
      const parsed = parseArguments(line.split(" ").filter(Boolean), commands);
      return "show" in parsed && parsed.show === "help" ? parsed.commands.length : undefined;
    };
    expect([shown(""), shown("help"), shown("--help"), shown("-h")]).toEqual(
      Array.from({ length: 4 }, () => commands.length),
    );
    expect([shown("help devices"), shown("devices --help")]).toEqual([5, 5]);
    expect([shown("help devices list"), shown("devices list --help"), shown("publish -h")]).toEqual(
      [1, 1, 1],
    );
  });

  it("collects an option that can be repeated", () => {
    expect(parse("dead-letters replay i --id a --id b").input.texts("id")).toEqual(["a", "b"]);
  });

  it("describes every option and argument of every command", () => {
    for (const command of commands) {
      const text = helpOf(command);
      for (const name of Object.keys(optionsOf(command))) expect(text).toContain(`--${name}`);
      for (const { name } of command.arguments) expect(text).toContain(name);
    }
  });

  it("has options of the same name with a value in all commands or in none", () => {
    const kinds = new Map<string, boolean>();
    for (const command of commands) {
      for (const [name, { value }] of Object.entries(optionsOf(command))) {
        expect(kinds.get(name) ?? value !== undefined, `${command.words} --${name}`).toBe(
          value !== undefined,
        );
        kinds.set(name, value !== undefined);
      }
    }
  });
});
