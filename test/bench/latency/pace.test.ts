import { expect, it } from "vitest";
import { pace } from "../../../bench/latency/pace.ts";

it("calls each number once, in order, with the due times of the rate", async () => {
  const due: number[] = [];
  let last = 0;
  await pace(
    { events: 20, rate: 2_000 },
    (seq, dueAtMs) => {
      expect(seq).toBe(due.length);
      due.push(dueAtMs);
    },
    (count) => {
      last = count;
    },
  );
  const [first = 0] = due;
  expect(due.map((at) => Math.round((at - first) * 2))).toEqual([...due.keys()]);
  expect(last).toBe(20);
});
