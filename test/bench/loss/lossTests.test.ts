import { expect, it } from "vitest";
import { type LossTestContext, lossTests } from "../../../bench/loss/lossTests.ts";
import { virtualTime } from "../../simulation/virtualTime.ts";

/** Runs a test on a stage that only writes down what is done to it, and when. */
const playedBy = async (number: number) => {
  const time = virtualTime(0);
  const done: [atMs: number, what: string][] = [];
  const note = (what: string) => void done.push([time.now(), what]);
  const target = (name: string) => ({
    async refuseFor(ms: number) {
      note(`${name} refuses`);
      await time.wait(ms);
      note(`${name} answers`);
    },
    hang: () => note(`${name} hangs`),
    recover: () => note(`${name} answers`),
  });
  const stage: LossTestContext = {
    subject: { kill: async () => note("killed"), restart: async () => note("started again") },
    target: target("target"),
    other: target("other"),
    async publish({ events, rate }) {
      note(`publishes ${events} at ${rate}/s`);
      await time.wait((events / rate) * 1_000);
      note("all acknowledged");
    },
    wait: time.wait,
  };
  void lossTests.find((one) => one.number === number)?.run(stage);
  await time.run(60_000);
  return done;
};

it("kills the worker once all 20,000 are acknowledged", async () => {
  expect(await playedBy(1)).toEqual([
    [0, "publishes 20000 at 5000/s"],
    [4_000, "all acknowledged"],
    [4_000, "killed"],
    [4_000, "started again"],
  ]);
});

it("keeps a worker down for ten seconds while events go on", async () => {
  expect(await playedBy(5)).toEqual([
    [0, "publishes 6000 at 200/s"],
    [10_000, "killed"],
    [20_000, "started again"],
    [30_000, "all acknowledged"],
  ]);
});

it("has the target refuse for five seconds while events go on", async () => {
  expect(await playedBy(3)).toEqual([
    [0, "publishes 3000 at 200/s"],
    [5_000, "target refuses"],
    [10_000, "target answers"],
    [15_000, "all acknowledged"],
  ]);
});

it("hangs before anything is published, and answers after half a minute", async () => {
  expect(await playedBy(4)).toEqual([
    [0, "other hangs"],
    [0, "publishes 3000 at 200/s"],
    [15_000, "all acknowledged"],
    [30_000, "other answers"],
  ]);
});
