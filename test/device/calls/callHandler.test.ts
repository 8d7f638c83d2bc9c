import { describe, expect, it } from "vitest";
import { createCallHandler, type Functions } from "../../../device/calls/callHandler.ts";
import type { Variables } from "../../../device/calls/variable.ts";
import { manualClock } from "../support/manualClock.ts";

const callId = (n = 0) => n.toString(16).padStart(32, "0");

const set = (functions: Functions = {}, variables: Variables = {}) => {
  const clock = manualClock();
  const calls = createCallHandler({ functions, variables }, clock);
  const ask = async (call: object, id = callId()) => {
    const reply = await calls.handle(JSON.stringify({ id, ...call }));
    return reply === undefined ? undefined : JSON.parse(reply);
  };
  return { clock, calls, ask };
};

describe("a call of a function", () => {
  it("returns the int32 of the function", async () => {
    const { ask } = set({ led: async (argument) => (argument === "on" ? 1 : -1) });
    expect(await ask({ function: "led", argument: "on" })).toEqual({ id: callId(), value: 1 });
  });

  it("passes an empty argument if the call has none", async () => {
    const { ask } = set({ count: (argument) => argument.length });
    expect(await ask({ function: "count" })).toEqual({ id: callId(), value: 0 });
  });

  it.each([1.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1, "1", undefined, null])(
    "fails if the function returns %s",
    async (result) => {
      const { ask } = set({ led: () => result as number });
      expect(await ask({ function: "led" })).toEqual({
        id: callId(),
        error: "the function's result is not an int32",
      });
    },
  );

  it("returns the message of an error that the function throws", async () => {
    const { ask } = set({
      led: () => {
        throw new Error("no lamp");
      },
    });
    expect(await ask({ function: "led" })).toEqual({ id: callId(), error: "no lamp" });
  });

  it('returns "unknown function" only for a function that does not exist', async () => {
    const { ask } = set({ led: () => Promise.reject(new Error("unknown function")) });
    expect(await ask({ function: "lid" })).toMatchObject({ error: "unknown function" });
    expect(await ask({ function: "led" }, callId(1))).toMatchObject({
      error: "failed: unknown function",
    });
  });

  it("finds only functions and variables that the device offers", async () => {
    const { ask } = set({}, {});
    for (const [n, name] of ["constructor", "toString", "__proto__"].entries()) {
      expect(await ask({ function: name }, callId(2 * n))).toMatchObject({
        error: "unknown function",
      });
      expect(await ask({ variable: name }, callId(2 * n + 1))).toMatchObject({
        error: "unknown variable",
      });
    }
  });

  it("is rejected if its argument exceeds 1,024 bytes", async () => {
    const { ask } = set({ count: (argument) => argument.length });
    const call = (bytes: number) => ({ function: "count", argument: "é".repeat(bytes / 2) });
    expect(await ask(call(1_024))).toMatchObject({ value: 512 });
    expect(await ask(call(1_026), callId(1))).toMatchObject({ error: "the argument is too long" });
  });

  it("is ignored without an id", () => {
    const { calls } = set({ led: () => 1 });
    for (const payload of ["", "{", "[]", "null", "{}", '{"id":7,"function":"led"}', '{"id":""}']) {
      expect(calls.handle(payload)).toBeUndefined();
    }
  });
});

describe("a repeated call", () => {
  it("gets the same reply and does not run again", async () => {
    let runs = 0;
    const { ask } = set({ count: () => ++runs });
    expect(await ask({ function: "count" })).toMatchObject({ value: 1 });
    expect(await ask({ function: "count" })).toMatchObject({ value: 1 });
    expect(await ask({ function: "count" }, callId(1))).toMatchObject({ value: 2 });
  });

  it("waits for the first call while that runs", async () => {
    let runs = 0;
    const { promise, resolve } = Promise.withResolvers<number>();
    const { ask, clock } = set({
      slow: () => {
        runs += 1;
        return promise;
      },
    });
    const first = ask({ function: "slow" });
    clock.advance(3_600_000);
    const again = ask({ function: "slow" });
    resolve(5);
    expect(await first).toEqual(await again);
    expect(runs).toBe(1);
  });

  it("gets the cached reply of a failed call as well", async () => {
    let runs = 0;
    const { ask } = set({
      fail: () => {
        throw new Error(`failure ${++runs}`);
      },
    });
    expect(await ask({ function: "fail" })).toEqual(await ask({ function: "fail" }));
    expect(runs).toBe(1);
  });

  it("gets the cached reply among the last 100 calls and within five minutes", async () => {
    let runs = 0;
    const { ask, clock } = set({ count: () => ++runs });
    for (let n = 0; n < 100; n += 1) await ask({ function: "count" }, callId(n));
    clock.advance(300_000);
    for (let n = 0; n < 100; n += 1) {
      expect(await ask({ function: "count" }, callId(n))).toMatchObject({ value: n + 1 });
    }
  });

  it("runs again after the cached reply was evicted", async () => {
    let runs = 0;
    const { ask, clock } = set({ count: () => ++runs });
    await ask({ function: "count" });
    clock.advance(300_001);
    expect(await ask({ function: "count" })).toMatchObject({ value: 2 });
    for (let n = 1; n <= 100; n += 1) await ask({ function: "count" }, callId(n));
    expect(await ask({ function: "count" })).toMatchObject({ value: 103 });
  });
});

it("rejects calls beyond 20 concurrent ones", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { ask } = set({ slow: () => promise, fast: () => 1 });
  const slow = Array.from({ length: 20 }, (_, n) => ask({ function: "slow" }, callId(n)));
  expect(await ask({ function: "fast" }, callId(20))).toMatchObject({
    error: "too many calls are running",
  });
  resolve(7);
  expect(await Promise.all(slow)).toHaveLength(20);
  expect(await ask({ function: "fast" }, callId(21))).toMatchObject({ value: 1 });
});

describe("a variable", () => {
  it.each([
    ["int32", -5],
    ["double", 21.5],
    ["string", "on your desk"],
    ["bool", false],
  ])("of type %s returns its value", async (type, value) => {
    const { ask } = set({}, { it: { type, read: async () => value } } as never);
    expect(await ask({ variable: "it" })).toEqual({ id: callId(), value });
  });

  it.each([
    ["int32", 0.5],
    ["double", Number.POSITIVE_INFINITY],
    ["double", "1"],
    ["string", 1],
    ["bool", 1],
  ])("of type %s rejects the value %s", async (type, value) => {
    const { ask } = set({}, { it: { type, read: () => value } } as never);
    expect(await ask({ variable: "it" })).toMatchObject({
      error: `the variable's value is not of type ${type}`,
    });
  });

  it("returns an error if its value exceeds the payload limit", async () => {
    const { ask } = set({}, { it: { type: "string", read: () => "x".repeat(131_073) } });
    expect(await ask({ variable: "it" })).toEqual({
      id: callId(),
      error: "the value is too long",
    });
  });
});
