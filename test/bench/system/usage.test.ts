import { expect, it } from "vitest";
import { parsePs, parseStat, usageOf } from "../../../bench/system/usage.ts";

it("reads processor time, memory and threads from /proc", () => {
  const fields = `S 12 1 1 0 -1 4194560 9 9 0 0 250 50 30 20 20 0 17 0 77 900 1000 1844`;
  expect(parseStat(`4711 (node (a) b) ${fields}`)).toEqual({
    command: "node (a) b",
    parent: 12,
    cpuMs: 3_000,
    childrenCpuMs: 500,
    threads: 17,
    memoryBytes: 4_096_000,
  });
});

it("reads the output of ps in each of its forms", () => {
  expect(parsePs("  2048   0:01.50\n")).toMatchObject({ cpuMs: 1_500, memoryBytes: 2_097_152 });
  expect(parsePs("1 01:02:03")).toMatchObject({ cpuMs: 3_723_000 });
  expect(parsePs("1 2-01:02:03")).toMatchObject({ cpuMs: 176_523_000 });
});

it("adds up the usage of processes", async () => {
  const one = await usageOf([process.pid]);
  expect(one.memoryBytes).toBeGreaterThan(10e6);
  expect((await usageOf([process.pid, process.pid])).memoryBytes).toBeGreaterThan(
    1.5 * one.memoryBytes,
  );
});
