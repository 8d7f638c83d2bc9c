import { expect, it } from "vitest";
import { rateLimitedLog } from "../../../local/platform/rateLimitedLog.ts";

it("a rate-limited log reports the number of suppressed lines", () => {
  const lines: unknown[] = [];
  let now = 0;
  const log = rateLimitedLog(
    (...line) => lines.push(line),
    () => now,
  );
  for (let i = 0; i < 5; i += 1) log("it happened", { i }, "warn");
  now = 60_000;
  log("it happened", { i: 5 }, "warn");
  now = 120_000;
  log("it happened", { i: 6 }, "warn");
  expect(lines).toEqual([
    ["it happened", { i: 0 }, "warn"],
    ["it happened", { i: 5, suppressed: 4 }, "warn"],
    ["it happened", { i: 6 }, "warn"],
  ]);
});
