import { expect, it } from "vitest";
import { createMachineLoad } from "../../../../local/lambda/environment/machineLoad.ts";
import { utilizationMs } from "../../../../local/lambda/limits.ts";

const start = () => {
  const clock = { at: 0, processor: 0, others: 0, main: 0 };
  const load = createMachineLoad({
    now: () => clock.at,
    processorMs: () => clock.processor,
    cores: 2,
    machineMs: () => {
      const busy = clock.processor + clock.others;
      return { busy, idle: 2 * clock.at - busy };
    },
    loopMs: () => ({ active: clock.main, idle: clock.at - clock.main }),
  });
  /** Lets time pass, in which this process and others use that many cores. */
  const pass = (ms: number, cores: number, { others = 0, main = 0 } = {}): boolean => {
    clock.at += ms;
    clock.processor += ms * cores;
    clock.others += ms * others;
    clock.main += ms * main;
    load.tick();
    return load.isBusy;
  };
  return pass;
};

it("the machine is busy while the process uses nearly all cores", () => {
  const pass = start();
  expect(pass(utilizationMs, 1)).toBe(false);
  expect(pass(utilizationMs, 1.9)).toBe(true);
  expect(pass(utilizationMs, 0.5)).toBe(false);
});

it("the machine is busy while timers are late, although the process computes little", () => {
  const pass = start();
  expect(pass(3 * utilizationMs, 0.1)).toBe(true);
  expect(pass(utilizationMs + 5, 0.1)).toBe(false);
});

it("the machine is busy while other processes use its cores", () => {
  const pass = start();
  expect(pass(utilizationMs, 0.5, { others: 1 })).toBe(false);
  expect(pass(utilizationMs, 0.5, { others: 1.4 })).toBe(true);
});

it("the machine is busy while the main thread has no time for more environments", () => {
  const pass = start();
  expect(pass(utilizationMs, 1, { main: 0.95 })).toBe(true);
  expect(pass(utilizationMs, 1, { main: 0.5 })).toBe(false);
});
