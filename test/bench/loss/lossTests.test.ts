import { expect, it } from "vitest";
import { type LossTestContext, lossTests } from "../../../bench/loss/lossTests.ts";
import { virtualTime } from "../../simulation/virtualTime.ts";

/** Runs a test in a context that records its actions and their times. */
const actionsOf = async (number: number) => {
  const time = virtualTime(0);
  const done: [atMs: number, action: string][] = [];
  const record = (action: string) => void done.push([time.now(), action]);
  const target = (name: string) => ({
    async refuseFor(ms: number) {
      record(`${name} refuses`);
      await time.wait(ms);
      record(`${name} answers`);
    },
    hang: () => record(`${name} hangs`),
    recover: () => record(`${name} answers`),
  });
  const stage: LossTestContext = {
    subject: { kill: async () => record("killed"), restart: async () => record("started again") },
    target: target("target"),
    other: target("other"),
    async publish({ events, rate }) {
      record(`publishes ${events} at ${rate}/s`);
      await time.wait((events / rate) * 1_000);
      record("all acknowledged");
    },
    wait: time.wait,
  };
  void lossTests.find((one) => one.number === number)?.run(stage);
  await time.run(60_000);
  return done;
};

it("kills the worker when all 20,000 events are acknowledged", async () => {
  expect(await actionsOf(1)).toEqual([
    [0, "publishes 20000 at 5000/s"],
    [4_000, "all acknowledged"],
    [4_000, "killed"],
    [4_000, "started again"],
  ]);
});

it("stops the worker for 10 s while publishing continues", async () => {
  expect(await actionsOf(5)).toEqual([
    [0, "publishes 6000 at 200/s"],
    [10_000, "killed"],
    [20_000, "started again"],
    [30_000, "all acknowledged"],
  ]);
});

it("lets the target refuse for 5 s while publishing continues", async () => {
  expect(await actionsOf(3)).toEqual([
    [0, "publishes 3000 at 200/s"],
    [5_000, "target refuses"],
    [10_000, "target answers"],
    [15_000, "all acknowledged"],
  ]);
});

it("lets the target hang from the start and recover after 30 s", async () => {
  expect(await actionsOf(4)).toEqual([
    [0, "other hangs"],
    [0, "publishes 3000 at 200/s"],
    [15_000, "all acknowledged"],
    [30_000, "other answers"],
  ]);
});
