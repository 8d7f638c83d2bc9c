import { expect, it } from "vitest";
import { parseOptions } from "../../bench/screenshotOptions.ts";

const read = (line: string) => parseOptions(line.split(" ").filter(Boolean));

it("takes the URL of the API, a folder and the state folder", () => {
  expect(read("http://127.0.0.1:8080/ images --state data")).toEqual({
    api: "http://127.0.0.1:8080",
    folder: "images",
    state: "data",
  });
  expect(read("http://127.0.0.1:8080")).toMatchObject({ folder: "docs/images", state: undefined });
});

it.each([
  ["--stat=data", "Did you mean '--state'?"],
  ["", "missing API-URL"],
  ["127.0.0.1:8080", "must be an HTTP URL"],
  ["http://127.0.0.1 a b", "unexpected 'b'"],
])("'%s' is refused: %s", (line, reason) => {
  expect(() => read(line)).toThrow(reason);
});

it("--help needs no URL", () => {
  expect(read("--help")).toBe("help");
});
