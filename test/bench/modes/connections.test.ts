import { expect, it } from "vitest";
import { feasible } from "../../../bench/modes/connections.ts";

const machine = { descriptors: 20_000, freeBytes: 8e9 };

it("connects as many devices as requested if the machine allows", () => {
  expect(feasible(10_000, machine)).toEqual({ number: 10_000, limit: undefined });
});

it("says why it connects fewer", () => {
  const byDescriptors = feasible(10_000, { ...machine, descriptors: 1_024 });
  expect(byDescriptors.number).toBe(524);
  expect(byDescriptors.limit).toContain("1024 file descriptors permit 524 connections");
  const byMemory = feasible(10_000, { ...machine, freeBytes: 3e8 });
  expect(byMemory.number).toBe(2_000);
  expect(byMemory.limit).toContain("memory");
});

it("fails if no connection is possible", () => {
  expect(() => feasible(10_000, { ...machine, descriptors: 256 })).toThrow("ulimit -n");
});
