import { describe, expect, it } from "vitest";
import { type CallLoads, openCallShare, shareIn } from "#shared/account/caller/callShare.ts";
import {
  callLoadReportMs,
  callLoadWindowMs,
  callShareMin,
  callSlotAfterMs,
} from "#shared/account/caller/limits.ts";
import { memoryCallLoads } from "../../../memory/account/callLoads.ts";
import { someTime } from "../../../memory/samples.ts";

const executionsPerUser = 25;
const workers = 100;

/** Random numbers that are the same in each run. */
const randomNumbers = (): (() => number) => {
  let state = 42;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
};

/** Workers of a region that share the loads, and their clock. */
const region = (loads: CallLoads = memoryCallLoads()) => {
  const clock = { ms: Math.floor(someTime / callLoadWindowMs) * callLoadWindowMs };
  const errors: string[] = [];
  const random = randomNumbers();
  const shares = Array.from({ length: workers }, () =>
    openCallShare({
      loads,
      executionsPerUser,
      now: () => clock.ms,
      random,
      onError: (what) => void errors.push(what),
    }),
  );
  /** Sends calls that take some time each, in turn to all workers. Returns how many were sent. */
  const send = async (user: string, calls: number, ms: number): Promise<number> => {
    let sent = 0;
    for (let i = 0; i < calls; i += 1) {
      const share = shares[i % workers]!;
      const isRefused = await share.require(user).catch((error: unknown) => error);
      if (isRefused !== undefined) {
        expect(isRefused).toMatchObject({ code: "too_many_requests", retryAfterSeconds: 2 });
        continue;
      }
      sent += 1;
      await share.add(user, ms);
    }
    return sent;
  };
  return { clock, errors, send };
};

describe("the calls of a user", () => {
  it.each([
    ["one after the other, all the time", 200, 10],
    ["a hundred at once, each answered within half a second", 100, 500],
  ])("are all sent: %s", async (_, calls, ms) => {
    const { send, clock } = region();
    for (let windows = 0; windows < 10; windows += 1) {
      expect(await send("ada", calls, ms)).toBe(calls);
      clock.ms += callLoadWindowMs;
    }
  });

  it("use the executions that one user may use, not all, however many are requested", async () => {
    const { send, clock } = region();
    const used: number[] = [];
    for (let windows = 0; windows < 30; windows += 1) {
      used.push(((await send("ada", 800, 250)) * 250) / callLoadWindowMs);
      // No other user is refused.
      expect(await send("eve", 20, 50)).toBe(20);
      clock.ms += callLoadWindowMs;
    }
    const later = used.slice(10);
    const mean = later.reduce((sum, one) => sum + one, 0) / later.length;
    expect(mean).toBeGreaterThan(executionsPerUser * 0.6);
    expect(mean).toBeLessThan(executionsPerUser * 1.4);
    expect(Math.max(...later)).toBeLessThan(workers * 0.6);
  });

  it("are all sent again some seconds after the flood", async () => {
    const { send, clock } = region();
    for (let windows = 0; windows < 5; windows += 1) {
      await send("ada", 800, 250);
      clock.ms += callLoadWindowMs;
    }
    clock.ms += 6 * callLoadWindowMs;
    expect(await send("ada", 50, 50)).toBe(50);
  });

  it("that wait for a device count only until they have a slot", async () => {
    const { send, clock } = region();
    for (let windows = 0; windows < 5; windows += 1) {
      const calls = Math.floor((executionsPerUser * callLoadWindowMs) / callSlotAfterMs);
      expect(await send("ada", calls, 60_000)).toBe(calls);
      clock.ms += callLoadWindowMs;
    }
  });

  it("are all sent while the loads cannot be read or stored", async () => {
    const down = () => Promise.reject(new Error("down"));
    const { send, errors } = region({ find: down, add: down, begin: down });
    expect(await send("ada", 500, callLoadReportMs)).toBe(500);
    expect(new Set(errors)).toEqual(new Set(["call load"]));
  });
});

describe("the part of the calls that is sent", () => {
  it("follows from the time of the window before, and stays within its bounds", () => {
    const max = 1_000;
    expect(shareIn(5, undefined, max)).toBe(1);
    expect(shareIn(5, { window: 5, spentMs: 9_999, share: 0.3 }, max)).toBe(0.3);
    expect(shareIn(5, { window: 4, spentMs: 4_000, share: 1 }, max)).toBe(0.25);
    expect(shareIn(5, { window: 4, spentMs: 100, share: 0.25 }, max)).toBe(0.5);
    expect(shareIn(5, { window: 4, spentMs: 1e9, share: 1 }, max)).toBe(callShareMin);
    expect(shareIn(7, { window: 4, spentMs: 4_000, share: 1 }, max)).toBe(1);
    expect(shareIn(1e9, { window: 4, spentMs: 1e9, share: callShareMin }, max)).toBe(1);
  });
});
