import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commands } from "../../../cli/commands/commands.ts";
import { completionScript, shells } from "../../../cli/line/completion.ts";

/** What bash offers after these words. */
const offered = (...words: string[]): string[] => {
  const list = words.map((word) => `'${word}'`).join(" ");
  const program = `${completionScript("bash", commands)}
COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _godwit; echo "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", program], { encoding: "utf8" }).split(/\s+/).filter(Boolean);
};

describe("completion", () => {
  it("offers commands, their second words and their options in bash", () => {
    expect(offered("godwit", "de")).toEqual(["devices", "dead-letters"].toSorted().toReversed());
    expect(offered("godwit", "devices", "")).toEqual([
      "list",
      "provision",
      "call",
      "get",
      "revoke",
    ]);
    expect(offered("godwit", "completion", "f")).toEqual(["fish"]);
    expect(offered("godwit", "events", "tail", "--f")).toEqual(["--filter"]);
    expect(offered("godwit", "publish", "--fi")).toEqual(["--file"]);
  });

  it.each(shells)("names every command for %s", (shell) => {
    const script = completionScript(shell, commands);
    for (const { words } of commands) {
      for (const word of words.split(" ")) expect(script).toContain(word);
    }
  });
});
