import type { SynthesizedStack } from "./assembly.ts";
import type { Row } from "./row.ts";

/** The stack of the global tables, which is created first. */
const stateStack = "Godwit-State";

/** The states of a stack that has no resources with data yet. */
const unused = /^(new|REVIEW_IN_PROGRESS|ROLLBACK_COMPLETE|ROLLBACK_FAILED)$/;

/**
 * The context value for the first deployment, or `undefined` if there was one before. DynamoDB does
 * not delete a protected table, so a first deployment that fails could not be rolled back: it
 * creates unprotected tables, and a second deployment protects them. The order is in
 * docs/regions.md.
 */
export const firstDeploymentContext = (
  stacks: readonly SynthesizedStack[],
  rows: readonly Row[],
): string | undefined => {
  const state = rows.find(({ check }) => check === `stack ${stateStack}`);
  if (state === undefined || !unused.test(state.found)) return undefined;
  const regions = stacks
    .filter(({ name }) => name.startsWith("Godwit-Region-"))
    .map(({ region }) => region);
  return `unprotectedRegions=${regions.join()}`;
};
