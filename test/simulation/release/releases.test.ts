import { describe, expect, it } from "vitest";
import type { Release } from "#shared/release/model/release.ts";
import { createRandom } from "../random.ts";
import { type Fate, fates, type Habits } from "./simulatedDevice.ts";
import { type ReleasePlan, type SimulationResult, simulateRelease } from "./simulateRelease.ts";

const harmful = fates.filter((fate) => fate !== "works");
const regionNames = ["us-east-1", "eu-west-1"];

/** The number of runs: `SCALE=100` for thousands. */
const scale = Number(process.env.SCALE ?? 5);
const timeoutMs = 600_000;

/** A plan of a seed: `harm` is the part of the devices that the image harms. */
const planOf = (seed: number, harm: number, given: Partial<ReleasePlan> = {}): ReleasePlan => {
  const random = createRandom(seed * 7_919);
  const regions = random.bool(0.5) ? regionNames : regionNames.slice(0, 1);
  const habits = (): Habits => ({
    fate: random.bool(harm) ? random.pick<Fate>(harmful) : "works",
    ...(random.bool(0.1) && { wakeMs: 3_600_000 }),
    lies: random.bool(0.02),
    losesPower: random.bool(0.05),
    updatesTwice: random.bool(0.05),
    defers: random.bool(0.05),
    slots: 2,
  });
  const release: Partial<Release> = {
    waves: random.bool(0.5)
      ? [{ percent: 100, soakMs: 0 }]
      : [
          { percent: 10, soakMs: 300_000 },
          { percent: 100, soakMs: 0 },
        ],
    rollback: "slot",
  };
  return {
    seed,
    regions,
    devices: Array.from({ length: random.int(1, 20) }, habits),
    release,
    crashes: random.bool(0.5) ? 0.02 : 0,
    minutesMax: 4_000,
    ...(regions.length > 1 &&
      random.bool(0.4) && {
        loss: { region: random.pick(regions), from: random.int(1, 40), to: 10_000 },
      }),
    ...given,
  };
};

const only = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const seedsOf = (count: number): number[] =>
  only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [only];

const run = async (plan: ReleasePlan): Promise<SimulationResult> => {
  const result = await simulateRelease(plan);
  expect({ seed: plan.seed, violations: result.violations }).toEqual({
    seed: plan.seed,
    violations: [],
  });
  return result;
};

/** A failed expectation shows the seed, which `SEED=…` repeats. */
const expectOf = (seed: number, result: SimulationResult) => ({
  toHave: (wanted: object) => expect({ seed, ...result }).toMatchObject({ seed, ...wanted }),
});

const works: Habits = {
  ...{ fate: "works", lies: false, losesPower: false, updatesTwice: false, defers: false },
  slots: 2,
};

/** No region is lost, and no worker ends. */
const calm = { loss: { region: "none", from: 0, to: 0 }, crashes: 0 };

describe("a simulated release", () => {
  it(
    "of an image that harms every device harms at most five, and they go back",
    async () => {
      for (const seed of seedsOf(scale * 6)) {
        const result = await run(planOf(seed, 1));
        expect(result.harmed, `seed ${seed}`).toBeLessThanOrEqual(5);
        expectOf(seed, result).toHave({ broken: 0 });
      }
    },
    timeoutMs,
  );

  it(
    "that halts pages, also if the worker ends right afterwards",
    async () => {
      for (const seed of seedsOf(scale * 2)) {
        const result = await run(planOf(seed, 1, { crashes: 0.2 }));
        expect(result.harmed, `seed ${seed}`).toBeLessThanOrEqual(5);
      }
    },
    timeoutMs,
  );

  it(
    "of a good image reaches every device, whatever the cloud does meanwhile",
    async () => {
      for (const seed of seedsOf(scale * 4)) {
        const from = (seed % 60) + 1;
        const plan = planOf(seed, 0, { outage: { from, to: from + (seed % 50) } });
        const devices = plan.devices.map((one) => ({ ...one, lies: false }));
        const result = await run({ ...plan, devices });
        expectOf(seed, result).toHave({
          phase: "completed",
          counts: { installed: devices.length },
        });
      }
    },
    timeoutMs,
  );

  it(
    "that is complete brings every device back when a person orders it, also those that sleep",
    async () => {
      for (const seed of seedsOf(scale)) {
        const sleeps = { ...works, wakeMs: 3_600_000 };
        const devices = [works, works, works, works, sleeps, sleeps];
        const regions = regionNames.slice(0, (seed % 2) + 1);
        const result = await run(planOf(seed, 0, { regions, devices, rollsBack: true, ...calm }));
        const counts = { "failed rolled_back": devices.length };
        expectOf(seed, result).toHave({ phase: "rolled_back", counts, updated: 0 });
      }
    },
    timeoutMs,
  );

  it(
    "of an image that devices refuse meanwhile offers it to none, and goes on afterwards",
    async () => {
      for (const seed of seedsOf(scale)) {
        const refusal = { from: (seed % 5) + 1, to: 100 };
        const devices = Array.from({ length: 20 }, () => works);
        const result = await run(planOf(seed, 0, { devices, refusal, ...calm }));
        expectOf(seed, result).toHave({ phase: "completed", counts: { installed: 20 } });
        expect(result.minutes, `seed ${seed}`).toBeGreaterThan(100);
      }
    },
    timeoutMs,
  );

  it(
    "of a few devices is not halted by an outage of the cloud",
    async () => {
      for (const seed of seedsOf(scale * 2)) {
        const devices = Array.from({ length: (seed % 4) + 1 }, () => works);
        const from = 2 + (seed % 8);
        const outage = { from, to: from + 60 };
        const result = await run({ ...planOf(seed, 0), devices, outage, crashes: 0 });
        const counts = { installed: devices.length };
        expectOf(seed, result).toHave({ phase: "completed", counts });
      }
    },
    timeoutMs,
  );

  it(
    "goes on within minutes when a region is lost, and tells each device once in each region",
    async () => {
      for (const seed of seedsOf(scale)) {
        const devices = Array.from({ length: 40 }, () => works);
        const release = { waves: [{ percent: 100, soakMs: 0 }] };
        const lost = regionNames[seed % 2] ?? "";
        const other = regionNames[(seed + 1) % 2] ?? "";
        // Nearly the whole window is that of the lost region.
        const places = [...Array.from({ length: 9 }, () => lost), other];
        const regions = { regions: regionNames, places };
        const plan = { ...planOf(seed, 0), devices, release, ...regions, crashes: 0 };
        const whole = await run({ ...plan, loss: { region: "none", from: 0, to: 0 } });
        const from = 2 + (seed % 7);
        const result = await run({ ...plan, loss: { region: lost, from, to: 10_000 } });
        expectOf(seed, result).toHave({ phase: "completed", counts: { installed: 40 } });
        expect(result.minutes, `seed ${seed}`).toBeLessThanOrEqual(whole.minutes + 3);
        expect(result.offers.length, `seed ${seed}`).toBe(new Set(result.offers).size);
      }
    },
    timeoutMs,
  );

  it(
    "that a person halts goes on only after a person resumes it",
    async () => {
      for (const seed of seedsOf(scale * 2)) {
        const at = (seed % 30) + 1;
        const halted = await run(planOf(seed, 0, { halt: { at } }));
        expect(["halted", "completed"], `seed ${seed}`).toContain(halted.phase);
        const resumed = await run(planOf(seed, 0, { halt: { at, resumeAt: at + 10 } }));
        expectOf(seed, resumed).toHave({ phase: "completed" });
      }
    },
    timeoutMs,
  );

  it(
    "of an image that harms some devices harms at most 1 % of 1,000",
    async () => {
      for (const seed of seedsOf(Math.ceil(scale / 5))) {
        const harm = [0.02, 0.05, 0.1, 0.3][seed % 4] ?? 0.5;
        const devices = Array.from(
          { length: 1_000 },
          (_, i) => planOf(seed * 1_000 + i, harm).devices[0] ?? expect.fail("no device"),
        );
        const result = await run({ ...planOf(seed, harm), devices });
        expect(result.harmed, `seed ${seed}`).toBeLessThanOrEqual(10);
      }
    },
    timeoutMs,
  );
});
