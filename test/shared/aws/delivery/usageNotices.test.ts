import { expect, it } from "vitest";
import { toAttributes } from "#shared/aws/call/attributeValue.ts";
import { ServiceError } from "#shared/aws/call/call.ts";
import { ConditionFailed, type PutInput, type Tables } from "#shared/aws/call/tables.ts";
import { dynamoUsageNotices } from "#shared/aws/delivery/usageNotices.ts";
import type { UsageNotice } from "#shared/ledger/limit/ports.ts";
import { someTime } from "../../../memory/samples.ts";

const notice: UsageNotice = {
  ...{ fleet: "f1", limit: "00000000000000aa", kind: "50", scope: "fleet", action: "park" },
  ...{ period: "day", from: someTime, to: someTime + 1, at: someTime, max: 10, used: 5 },
  ...{ expected: 20, state: "pending", region: "us-east-1", claimedAt: someTime },
};

/** The replica of a region that only takes new items. */
const replica = (isDown = false) => {
  const items: object[] = [];
  const put = async ({ Item }: PutInput): Promise<void> => {
    if (isDown) throw new Error("the region does not respond");
    const [before] = items;
    if (before !== undefined) {
      const fields = { Item: toAttributes(before) };
      const error = { message: "exists", status: 400, fields };
      throw new ConditionFailed(new ServiceError("ConditionalCheckFailedException", error));
    }
    items.push(Item);
  };
  return { items, put } as object as Tables & { items: object[] };
};

const noticesIn = (...replicas: Tables[]) =>
  dynamoUsageNotices(replicas[0]!, { table: "ledger", replicas });

it("a notice that the first region has is not added to another one", async () => {
  const [first, second] = [replica(), replica()];
  const notices = noticesIn(first, second);
  expect(await notices.add(notice)).toBeUndefined();
  expect(await notices.add({ ...notice, region: "eu-west-1" })).toEqual(notice);
  expect(second.items).toEqual([]);
});

it("a notice is added to the next region if the first one does not respond", async () => {
  const [first, second] = [replica(true), replica()];
  expect(await noticesIn(first, second).add(notice)).toBeUndefined();
  expect(second.items).toHaveLength(1);
  await expect(noticesIn(first).add(notice)).rejects.toThrow("does not respond");
});
