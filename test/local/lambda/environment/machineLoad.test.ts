import { expect, it } from "vitest";
import { createMachineLoad } from "../../../../local/lambda/environment/machineLoad.ts";
import { utilizationMs } from "../../../../local/lambda/limits.ts";

const start = () => {
  const clock = { at: 0, processor: 0 };
  const load = createMachineLoad({
    now: () => clock.at,
    processorMs: () => clock.processor,
    cores: 2,
  });
  /** Lets time pass, in which the process uses this fraction of one core. */
  const pass = (ms: number, cores: number): boolean => {
    clock.at += ms;
    clock.processor += ms * cores;
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
