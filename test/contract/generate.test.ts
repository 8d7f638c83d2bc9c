import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { generate } from "../../contract/generate.ts";

it("the document and the types of the client are those of the routes: else run `npm run contract`", {
  timeout: 60_000,
}, async () => {
  for (const [path, text] of await generate()) {
    const isCurrent = (await readFile(path, "utf8")) === text;
    expect([path, isCurrent]).toEqual([path, true]);
  }
});
