import { BoundedMap } from "../platform/boundedMap.ts";
import { attemptIntegrationsMax, sampledIntegrationsMax } from "./limits.ts";
import type { Attempt } from "./record.ts";

/** Selects the attempts that are stored of those that workers have recorded. */
export type ChooseAttempts = (attempts: readonly Attempt[]) => Attempt[];

/**
 * Returns a function that selects the attempts of at most `attemptIntegrationsMax` integrations:
 * each has a row of its own, and a deployment with many integrations would otherwise write a row
 * for almost each delivery. Integrations with a failed attempt come first, then those of which this
 * worker has stored none for the longest time.
 */
export const chooseAttempts = (): ChooseAttempts => {
  /** When integrations were stored last: the number of the call. */
  const storedAt = new BoundedMap<string, number>(sampledIntegrationsMax);
  let calls = 0;
  return (attempts) => {
    calls += 1;
    const byIntegration = Map.groupBy(attempts, ({ integration }) => integration);
    const chosen = [...byIntegration]
      .map(([integration, some]) => ({
        integration,
        some,
        hasFailed: some.some(({ ok }) => !ok),
        last: storedAt.get(integration) ?? 0,
      }))
      .sort(
        (one, other) => Number(other.hasFailed) - Number(one.hasFailed) || one.last - other.last,
      )
      .slice(0, attemptIntegrationsMax);
    for (const { integration } of chosen) storedAt.set(integration, calls);
    return chosen.flatMap(({ some }) => some);
  };
};
