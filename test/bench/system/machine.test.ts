import { expect, it } from "vitest";
import { busiest } from "../../../bench/system/machine.ts";
import type { ProcessStat } from "../../../bench/system/usage.ts";

const process = (command: string, cpuMs: number, parent = 1): ProcessStat => ({
  command,
  parent,
  cpuMs,
  childrenCpuMs: 0,
  threads: 1,
  memoryBytes: 1,
});

it("names the other processes that used the most, without the benchmark's own children", () => {
  const before = new Map([[10, process("old", 5_000)]]);
  const after = new Map([
    [10, process("old", 5_500)],
    [20, process("bench", 9_000)],
    [21, process("child", 9_000, 20)],
    [22, process("grandchild", 9_000, 21)],
    [30, process("node", 400)],
    [31, process("node", 300)],
    [40, process("quiet", 1)],
  ]);
  expect(busiest(before, after, { own: 20, tookMs: 1_000 })).toEqual([
    "node (0.70 cores)",
    "old (0.50 cores)",
  ]);
});
