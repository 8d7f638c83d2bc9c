import { expect, it } from "vitest";
import { logger } from "../../functions/edge/logger.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

const seedsMax = Number(process.env.SEEDS ?? 2_400);
const only = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

/** Calm worlds take longest, and have every tenth seed: each half gets as many of them. */
const halfOf = (seed: number): number => Math.floor(seed / 10) % 2;

/** Runs half of the seeds, or the one of `SEED`. Of the first that fails it says what happened, and how to see it again. */
export const runSeeds = (half: 0 | 1): void => {
  const all = Array.from({ length: seedsMax }, (_, i) => i + 1);
  const seeds = (only === undefined ? all : [only]).filter((seed) => halfOf(seed) === half);
  it.skipIf(seeds.length === 0)(
    `nothing is lost, and nobody who is well waits for others, in ${seeds.length} worlds (I1, I2)`,
    async () => {
      // What fails there is meant to.
      logger.setLogLevel("SILENT");
      for (const seed of seeds) {
        const { violations } = await simulate(planOf(seed));
        if (violations[0] !== undefined) expect.fail(await story(seed, violations[0]));
      }
    },
    600_000,
  );
};

const story = async (seed: number, violation: string): Promise<string> => {
  const { trace } = await simulate(planOf(seed), { traced: true });
  const told = trace.slice(only === seed ? 0 : -40);
  const again = `See all of it again: SEED=${seed} npx vitest run test/simulation`;
  return [`seed ${seed}: ${violation}`, again, ...told].join("\n");
};
