import { describe, expect, it } from "vitest";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import {
  type LimitUsage,
  type LimitUsageRows,
  noLimitUsage,
  type UsageNotice,
  type UsageNotices,
} from "#shared/ledger/limit/ports.ts";
import type { ReachedLimit, UsageLimit, UsageLimits } from "#shared/limit/usageLimit.ts";

const fleet = "f1";

const limit: UsageLimit = {
  id: "0123456789abcdef",
  fleet,
  scope: "device",
  target: "0123456789abcdef01234567",
  period: "day",
  limit: 1_000,
  action: "park",
  name: "the pump",
  createdAt: 1_769_817_600_000,
  revision: 0,
};

const reached: ReachedLimit = { limit: limit.id, revision: 0, until: 1_769_904_000_000 };

/** The contract of `UsageLimits`, in two regions. */
export const usageLimitsContract = (
  open: () => Promise<{ here: UsageLimits; there: UsageLimits }>,
): void => {
  describe("limits of usage", () => {
    it("are those of their fleet, in the order of their ids", async () => {
      const { here } = await open();
      expect(await here.ofFleet(fleet)).toEqual({ limits: [], reached: [] });
      const { target: _, name: __, ...ofFleet } = { ...limit, id: "00", scope: "fleet" } as const;
      const first = { ...ofFleet, id: "0000000000000000" };
      await here.add(limit);
      await here.add(first);
      await here.add({ ...limit, id: "1111111111111111", fleet: "f2" });
      expect((await here.ofFleet(fleet)).limits).toEqual([first, limit]);
      expect([...(await here.fleets())].sort()).toEqual([fleet, "f2"]);
    });

    it("are replaced by the next revision only", async () => {
      const { here } = await open();
      const next = { ...limit, limit: 2_000, revision: 1 };
      expect(await here.replace(next)).toBe(false);
      await here.add(limit);
      expect((await Promise.all([here.replace(next), here.replace(next)])).sort()).toEqual([
        false,
        true,
      ]);
      expect((await here.ofFleet(fleet)).limits).toEqual([next]);
    });

    it("are removed once, and with a revision only if it is theirs", async () => {
      const { here } = await open();
      await here.add(limit);
      expect(await here.remove("f2", limit.id)).toBe(false);
      expect(await here.remove(fleet, limit.id, { revision: 1 })).toBe(false);
      expect(await here.remove(fleet, limit.id, { revision: 0 })).toBe(true);
      expect(await here.remove(fleet, limit.id)).toBe(false);
      expect((await here.ofFleet(fleet)).limits).toEqual([]);
    });

    it("are reached as their own region says", async () => {
      const { here, there } = await open();
      await here.add(limit);
      await here.putReached(fleet, [reached]);
      await there.putReached(fleet, [{ ...reached, devices: ["d1"] }]);
      expect((await here.ofFleet(fleet)).reached).toEqual([reached]);
      await here.putReached(fleet, []);
      expect((await here.ofFleet(fleet)).reached).toEqual([]);
      expect((await there.ofFleet(fleet)).reached).toEqual([{ ...reached, devices: ["d1"] }]);
    });
  });
};

/** Workers read the limits of a fleet with its integrations. */
export const routedLimitsContract = (
  open: () => Promise<{ limits: UsageLimits; integrations: Integrations }>,
): void => {
  it("limits of usage are read with the integrations of their fleet", async () => {
    const { limits, integrations } = await open();
    expect((await integrations.fleetRouting(fleet)).limits).toBeUndefined();
    await limits.add(limit);
    await limits.putReached(fleet, [reached]);
    const found = await integrations.fleetRouting(fleet);
    expect(found.limits).toEqual({ limits: [limit], reached: [reached] });
    expect(found.integrations).toEqual([]);
  });
};

const usage: LimitUsage = {
  limits: { [limit.id]: { minutes: { "60000": 3 }, hours: {}, days: { "0": 7 } } },
  culprits: { d1: 60_000 },
  raised: { [limit.id]: { from: 0, max: 1_000, kinds: ["50"] } },
};

/** The contract of `LimitUsageRows`, in two regions. */
export const limitUsageContract = (
  open: () => Promise<{ here: LimitUsageRows; there: LimitUsageRows }>,
): void => {
  it("counts of limits are replaced, separately in each region", async () => {
    const { here, there } = await open();
    expect(await here.ofFleet(fleet)).toEqual(new Map());
    await here.put(fleet, usage, noLimitUsage);
    const next = { ...usage, culprits: {} };
    const later = {
      ...next,
      limits: { [limit.id]: { minutes: {}, hours: { "0": 9 }, days: {} } },
      culprits: { d2: 1 },
    };
    await there.put(fleet, next, noLimitUsage);
    await there.put("f2", usage, noLimitUsage);
    const both = (own: LimitUsage, other: LimitUsage) =>
      new Map([
        ["us-east-1", own],
        ["eu-west-1", other],
      ]);
    expect(await here.ofFleet(fleet)).toEqual(both(usage, next));
    await there.put(fleet, later, next);
    expect(await there.ofFleet(fleet)).toEqual(both(usage, later));
  });

  it("counts of limits fit their rows: the hours of two months of many integrations", async () => {
    const { here } = await open();
    const hours = Object.fromEntries(
      Array.from({ length: 61 * 24 }, (_, hour) => [Date.UTC(2026, 0, 1, hour), 100_000 + hour]),
    );
    const all: LimitUsage = {
      ...usage,
      limits: Object.fromEntries(
        Array.from({ length: 14 }, (_, i) => [
          i.toString(16).padStart(16, "0"),
          { minutes: {}, hours, days: {} },
        ]),
      ),
    };
    await here.put(fleet, all, noLimitUsage);
    expect(await here.ofFleet(fleet)).toEqual(new Map([["us-east-1", all]]));
  });
};

const notice: UsageNotice = {
  fleet,
  limit: limit.id,
  kind: "90",
  scope: "device",
  action: "park",
  period: "day",
  from: 1_769_817_600_000,
  to: 1_769_904_000_000,
  at: 1_769_860_000_000,
  max: 1_000,
  used: 903,
  expected: 1_800,
  state: "pending",
  region: "us-east-1",
  claimedAt: 1_769_860_000_000,
};

/** The contract of `UsageNotices`. */
export const usageNoticesContract = (open: () => Promise<UsageNotices>): void => {
  describe("notices about limits", () => {
    it("are stored once for a limit with a number, a kind and a period", async () => {
      const notices = await open();
      const add = () => notices.add(notice);
      const found = await Promise.all([add(), add(), add()]);
      expect(found.filter((one) => one === undefined)).toHaveLength(1);
      expect(found.filter((one) => one !== undefined)).toEqual([notice, notice]);
      expect(await notices.add({ ...notice, from: notice.to })).toBeUndefined();
      expect(await notices.add({ ...notice, kind: "forecast" })).toBeUndefined();
      expect(await notices.add({ ...notice, max: 2_000 })).toBeUndefined();
    });

    it("are taken over while they are pending, by one region", async () => {
      const notices = await open();
      await notices.add(notice);
      const by = { region: "eu-west-1", now: notice.claimedAt + 1 };
      const taken = await Promise.all([notices.takeOver(notice, by), notices.takeOver(notice, by)]);
      expect(taken.sort()).toEqual([false, true]);
      const now = { ...notice, region: by.region, claimedAt: by.now };
      expect(await notices.add(notice)).toEqual(now);
      await notices.markSent(notice);
      expect(await notices.takeOver(now, by)).toBe(false);
      expect(await notices.add(notice)).toEqual({ ...now, state: "sent" });
    });

    it("are listed newest first, up to a number", async () => {
      const notices = await open();
      const later = { ...notice, kind: "100", at: notice.at + 1 } as const;
      await notices.add(later);
      await notices.add(notice);
      await notices.add({ ...notice, fleet: "f2" });
      expect(await notices.list(fleet, 10)).toEqual([later, notice]);
      expect(await notices.list(fleet, 1)).toHaveLength(1);
    });

    it("that do not exist cannot be marked", async () => {
      await expect((await open()).markSent(notice)).rejects.toThrow();
    });
  });
};
