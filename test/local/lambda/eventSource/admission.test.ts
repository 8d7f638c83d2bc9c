import { beforeEach, expect, it, vi } from "vitest";
import { createAdmission } from "../../../../local/lambda/eventSource/admission.ts";
import {
  admissionMs,
  backlogMessagesMax,
  quietIntervalsMin,
} from "../../../../local/lambda/limits.ts";
import { stepMs } from "../../../../local/platform/sharedTimer.ts";

let end = (): void => {};

beforeEach(() => {
  vi.useFakeTimers();
  return async () => {
    // The shared timer outlives a test.
    end();
    await vi.advanceTimersByTimeAsync(4 * admissionMs);
    vi.useRealTimers();
  };
});

/** A machine that processes `perTick` messages in each step, and devices that offer more. */
const simulate = ({ perTick = 0, waiting = 0, isBusy = true } = {}) => {
  const state = { waiting, isBusy, perTick, admitted: 0, held: 0, waitingMax: 0 };
  const { admit, release } = createAdmission({
    backlog: () => state.waiting,
    isBusy: () => state.isBusy,
  });
  const enter = (): void => {
    state.admitted += 1;
    state.waiting += 1;
    state.waitingMax = Math.max(state.waitingMax, state.waiting);
  };
  const offer = (count: number): void => {
    for (let i = 0; i < count; i += 1) {
      const admitted = admit();
      if (admitted === undefined) {
        enter();
        continue;
      }
      state.held += 1;
      void admitted.then(() => {
        state.held -= 1;
        enter();
      });
    }
  };
  const run = async (ticks: number, offered: number, heldMax = Number.POSITIVE_INFINITY) => {
    const before = state.admitted;
    for (let i = 0; i < ticks; i += 1) {
      // A device with too many unacknowledged events publishes no further one.
      offer(Math.min(offered, heldMax - state.held));
      await vi.advanceTimersByTimeAsync(stepMs);
      state.waiting = Math.max(0, state.waiting - state.perTick);
    }
    return (state.admitted - before) / ticks;
  };
  end = () => {
    state.waiting = 0;
    release();
  };
  return { state, offer, run, release };
};

it("a busy machine admits as many events as it processes, and few wait in its queues", async () => {
  const { state, run } = simulate({ perTick: 100 });
  await run(60, 200, 1_000);
  const admittedPerTick = await run(400, 200, 1_000);
  expect(admittedPerTick).toBeGreaterThan(90);
  expect(admittedPerTick).toBeLessThan(110);
  expect(state.waitingMax).toBeLessThan(2 * backlogMessagesMax);
});

it("short breaks of the processor do not let the held events in", async () => {
  const { state, run } = simulate({ perTick: 100 });
  const heldMax = 4 * backlogMessagesMax;
  await run(60, 2_000, heldMax);
  expect(state.held).toBeGreaterThan(3 * backlogMessagesMax);
  const ticksPerInterval = admissionMs / stepMs;
  for (let i = 0; i < 200; i += 1) {
    state.isBusy = i % quietIntervalsMin === 0;
    await run(ticksPerInterval, 2_000, heldMax);
  }
  expect(state.waitingMax).toBeLessThan(3 * backlogMessagesMax);
  // With time left, the machine admits all of them soon.
  state.isBusy = false;
  await run(40 * ticksPerInterval, 0);
  expect(state.held).toBe(0);
});

it("all events that were held are admitted after the overload", async () => {
  const { state, run } = simulate({ perTick: 100 });
  await run(100, 200, 1_000);
  expect(state.held).toBeGreaterThan(0);
  await run(100, 0);
  expect(state).toMatchObject({ held: 0, waiting: 0 });
});

it("a backlog of an earlier time shrinks while the events of devices continue", async () => {
  const { state, run } = simulate({ perTick: 100, waiting: 50_000 });
  const admittedPerTick = await run(200, 200, 1_000);
  expect(admittedPerTick).toBeGreaterThan(50);
  expect(state.waiting).toBeLessThan(50_000);
});

it("a machine with time left delays no event, however many messages wait", async () => {
  const { state, run } = simulate({ waiting: 20 * backlogMessagesMax, isBusy: false });
  await run(100, 50);
  expect(state).toMatchObject({ admitted: 5_000, held: 0 });
});

it("when the functions stop, all events are admitted", async () => {
  const { state, offer, run, release } = simulate({ waiting: 2 * backlogMessagesMax });
  await run(10, 100);
  expect(state.held).toBeGreaterThan(0);
  state.waiting = 0;
  release();
  await vi.advanceTimersByTimeAsync(0);
  expect(state.held).toBe(0);
  await vi.advanceTimersByTimeAsync(2 * admissionMs);
  offer(1_000);
  expect(state.held).toBe(0);
});
