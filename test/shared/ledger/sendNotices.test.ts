import { describe, expect, it } from "vitest";
import type { DueNotice } from "#shared/ledger/limit/checkLimits.ts";
import { noticeLeaseMs } from "#shared/ledger/limit/limits.ts";
import type { UsageNotice } from "#shared/ledger/limit/ports.ts";
import { noticeSender } from "#shared/ledger/limit/sendNotices.ts";
import { memoryUsageNotices } from "../../memory/delivery/usageLimits.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { someTime, stoppedClock } from "../../memory/samples.ts";

const due: DueNotice = {
  ...{ fleet: "f1", limit: "00000000000000aa", kind: "50", scope: "fleet", action: "park" },
  ...{ period: "day", from: someTime, to: someTime + 1, at: someTime, max: 10, used: 5 },
  ...{ expected: 20, isMailed: true },
};

const world = () => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const notices = memoryUsageNotices();
  const senderIn = (region: string, mail?: (notice: UsageNotice) => Promise<void>) =>
    noticeSender({ notices, broker, mail, region, now: clock.now });
  const used = () => broker.published.map(({ payload }) => JSON.parse(payload.toString()).used);
  return { clock, notices, senderIn, used };
};

describe("a notice", () => {
  it("whose mail was not queued is sent again, with the numbers of the first attempt", async () => {
    const { notices, senderIn, used } = world();
    const mails: number[] = [];
    const failing = senderIn("us-east-1", () => Promise.reject(new Error("the queue is down")));
    await expect(failing.send(due)).rejects.toThrow("the queue is down");
    expect([...notices.rows.values()]).toMatchObject([{ state: "pending" }]);
    const working = senderIn("us-east-1", async (notice) => void mails.push(notice.used));
    await working.send({ ...due, used: 7, at: someTime + 60_000 });
    expect(used()).toEqual([5, 5]);
    expect(mails).toEqual([5]);
    await working.send(due);
    expect(mails).toEqual([5]);
  });

  it("of a region that is gone is sent by only one of the others", async () => {
    const { clock, notices, senderIn, used } = world();
    const { isMailed: _, ...notice } = due;
    const gone: UsageNotice = {
      ...notice,
      state: "pending",
      region: "gone",
      claimedAt: clock.now(),
    };
    await notices.add(gone);
    clock.ms += noticeLeaseMs;
    const results = await Promise.allSettled(
      ["us-east-1", "eu-west-1"].map((region) => senderIn(region).send(due)),
    );
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(used()).toEqual([5]);
  });
});
