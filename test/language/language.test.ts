import { describe, expect, it } from "vitest";
import { findPhrases } from "./findPhrases.ts";
import { findWideLines } from "./findWideLines.ts";
import { readSources } from "./sources.ts";

const sources = readSources();
const ofPath = (path: string, text: string) => ({ path, text });

describe("language", () => {
  it("uses no phrase for which the list has a better wording", () => {
    const prose = sources.filter(
      ({ path }) => !/^test\/language\/(?:phrases|language\.test)/.test(path),
    );
    expect(prose.flatMap(findPhrases)).toEqual([]);
  });

  it("wraps comments at 100 columns and Markdown at 120", () => {
    expect(sources.flatMap(findWideLines)).toEqual([]);
  });

  it("finds a phrase in either case of its first letter, and across a line break", () => {
    const text = "/**\n * Whoever asks, so many\n * at most.\n */\ninterface HealNeeds {}\n";
    expect(findPhrases(ofPath("a.ts", text))).toEqual([
      'a.ts:2: "Whoever": write "the worker, the client, the user who …"',
      'a.ts:2: "so many at most": write "a maximum"',
      'a.ts:5: "HealNeeds": write "…Deps"',
    ]);
  });

  it("finds no phrase in a part of a word, a path or a key", () => {
    const text = "Needs a token. `heard/healed`, `healed#`, healedAt, unhealed, thatwhich";
    expect(findPhrases(ofPath("a.md", text))).toEqual([]);
  });

  it("finds wide prose, and no wide code, table, heading or single word", () => {
    const wide = "word ".repeat(30);
    const span = `\`${"x".repeat(130)} y\``;
    const text = [wide, "```", wide, "```", `| ${wide} |`, `# ${wide}`, `- ${span}`].join("\n");
    expect(findWideLines(ofPath("a.md", text))).toEqual(["a.md:1: 150 columns, at most 120"]);
    const code = [`const a = "${wide}";`, `// ${wide}`, ` * https://${"x".repeat(100)}`].join("\n");
    expect(findWideLines(ofPath("a.ts", code))).toEqual(["a.ts:2: 153 columns, at most 100"]);
  });
});
