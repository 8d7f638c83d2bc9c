import { describe, expect, it } from "vitest";
import { isInForce, restrictionOf } from "#shared/limit/restriction.ts";
import type { UsageLimit } from "#shared/limit/usageLimit.ts";
import { someTime } from "../../memory/samples.ts";

const aLimit = (some: Partial<UsageLimit>): UsageLimit => ({
  id: "00000000000000aa",
  fleet: "f1",
  scope: "device",
  target: "d1",
  period: "day",
  limit: 1,
  action: "slow",
  createdAt: someTime,
  revision: 0,
  ...some,
});

const reached = (limit: string, revision = 0) => ({ limit, revision, until: someTime + 1 });
const event = { device: "d1", integration: "i1", isOperation: true, isOfCloud: false };

describe("of several limits that are reached", () => {
  const slow = aLimit({ id: "00000000000000aa", action: "slow" });
  const park = aLimit({ id: "00000000000000bb", action: "park" });

  it.each([[[slow, park]], [[park, slow]]])("the one that parks wins", (limits) => {
    const all = { limits, reached: limits.map(({ id }) => reached(id)) };
    expect(restrictionOf(all, event, someTime)).toEqual({ action: "park", limit: park.id });
  });

  it("one that does not affect the event does not win", () => {
    const elsewhere = aLimit({ id: "00000000000000bb", action: "park", target: "d2" });
    const all = { limits: [slow, elsewhere], reached: [reached(slow.id), reached(elsewhere.id)] };
    expect(restrictionOf(all, event, someTime)).toEqual({ action: "slow", limit: slow.id });
  });
});

it("a limit that was changed or removed is not in force", () => {
  const { id } = aLimit({});
  const limits = [aLimit({ revision: 1 })];
  expect(isInForce({ limits, reached: [reached(id, 1)] }, id, someTime)).toBe(true);
  expect(isInForce({ limits, reached: [reached(id, 0)] }, id, someTime)).toBe(false);
  expect(isInForce({ limits: [], reached: [reached(id, 1)] }, id, someTime)).toBe(false);
});
