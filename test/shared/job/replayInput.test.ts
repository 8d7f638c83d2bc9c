import { expect, it } from "vitest";
import { readInput } from "#shared/input/readInput.ts";
import { filterInput } from "#shared/job/replayInput.ts";

it.each(["reason", "event", "device"])(
  "a filter rejects an empty %s, which is no filter",
  (name) => {
    expect(() => readInput(filterInput, { [name]: "" })).toThrow(`${name}: must not be empty`);
  },
);
