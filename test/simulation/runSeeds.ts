import { expect } from "vitest";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

/** Runs seeds one after the other, and says of the first that fails what happened and how to see it again. */
export const runSeeds = async (seeds: Iterable<number>): Promise<void> => {
  for (const seed of seeds) {
    const plan = planOf(seed);
    const { violations } = await simulate(plan);
    if (violations.length === 0) continue;
    const { trace } = await simulate(plan, { traced: true });
    const command = `SEED=${seed} npx vitest run test/simulation`;
    expect.fail(
      [`seed ${seed}: ${violations[0]}`, command, JSON.stringify(plan), ...trace].join("\n"),
    );
  }
};
