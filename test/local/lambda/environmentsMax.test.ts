import { expect, it } from "vitest";
import { environmentsMax } from "../../../local/lambda/environmentsMax.ts";

const gb = 2 ** 30;

it.each([
  ["as many as are reserved, where there is room", 200, 64 * gb, 200],
  ["256 when none are reserved", undefined, 64 * gb, 256],
  ["those that find room in a third of the memory", 200, 4 * gb, 59],
  ["the same when none are reserved", undefined, 4 * gb, 59],
  ["one at least", 5, gb / 100, 1],
])("a function has %s", (_, reserved, memoryBytes, environments) => {
  expect(environmentsMax(reserved, memoryBytes)).toBe(environments);
});
