import { expect, it } from "vitest";
import { messageGroupOf } from "#shared/delivery/delivery.ts";

const integration = "i1";
const slowed = { action: "slow", limit: "00000000000000aa" } as const;

it.each([
  ["i1", {}],
  ["i1/busy", { busy: true }],
  ["i1/slow", { restriction: slowed }],
  ["i1/park", { restriction: { ...slowed, action: "park" } }],
  // A restricted delivery takes no place of the busy ones, and a replayed one waits for nothing.
  ["i1/slow", { restriction: slowed, busy: true }],
  ["i1/replay", { restriction: slowed, busy: true, replayed: true }],
] as const)("the message group %s is that of %o", (group, some) => {
  expect(messageGroupOf({ integration, ...some })).toBe(group);
});
