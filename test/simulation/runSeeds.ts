import { expect, it } from "vitest";
import { logger } from "../../functions/edge/logger.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

const seedsMax = Number(process.env.SEEDS ?? 600);
const only = process.env.SEED === undefined ? undefined : Number(process.env.SEED);

/**
 * Simulations in which only targets fail take longest. They have every tenth seed: both halves get
 * the same number of them.
 */
const halfOf = (seed: number): number => Math.floor(seed / 10) % 2;

/**
 * Runs half of the seeds, or the one in `SEED`. Reports the log of the first failure and how to
 * repeat it.
 */
export const runSeeds = (half: 0 | 1): void => {
  const all = Array.from({ length: seedsMax }, (_, i) => i + 1);
  const seeds = (only === undefined ? all : [only]).filter((seed) => halfOf(seed) === half);
  it.skipIf(seeds.length === 0)(
    `loses nothing and delays no healthy target, in ${seeds.length} simulations (I1, I2)`,
    async () => {
      // The log contains intended errors.
      logger.setLogLevel("SILENT");
      for (const seed of seeds) {
        const { violations } = await simulate(planOf(seed));
        if (violations[0] !== undefined) expect.fail(await describeViolation(seed, violations[0]));
      }
    },
    600_000,
  );
};

const describeViolation = async (seed: number, violation: string): Promise<string> => {
  const { trace } = await simulate(planOf(seed), { traced: true });
  const lines = trace.slice(only === seed ? 0 : -40);
  const again = `Show the complete log: SEED=${seed} npx vitest run test/simulation`;
  return [`seed ${seed}: ${violation}`, again, ...lines].join("\n");
};
