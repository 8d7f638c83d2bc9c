import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const sources = ["shared", "functions"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file)),
);

describe("client input", () => {
  // `z.coerce` reads "", null and [] as 0, and throws a TypeError for an object without a callable
  // `toString`.
  it.each(["z.coerce", "z.stringbool"])(
    "is not parsed by %s: shared/input has the parsers",
    (parser) => {
      expect(sources.length).toBeGreaterThan(300);
      expect(sources.filter((file) => readFileSync(file, "utf8").includes(parser))).toEqual([]);
    },
  );
});
