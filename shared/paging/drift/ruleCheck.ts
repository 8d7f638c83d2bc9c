import type { Reading } from "../reading.ts";
import type { Deployments } from "./deployment.ts";

interface RuleCheckDeps {
  /** The region whose rules are checked. */
  readonly region: string;
  readonly deployments: Pick<Deployments, "disabledRules">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Finds the rules of the deployment that are disabled: no metric tells that events, or the runs of
 * a schedule, go nowhere. The requests cost nothing, so each run of the watcher makes them. If they
 * fail, there is no reading: the comparison with the templates reports it.
 */
export const openRuleCheck =
  ({ region, deployments, now, onError }: RuleCheckDeps): (() => Promise<Reading[]>) =>
  async () => {
    const at = now();
    try {
      const disabled = await deployments.disabledRules(region);
      const signals = disabled.map((name) => ({
        key: name,
        region,
        summary: `The rule ${name} is disabled: what it forwards or starts is missing.`,
        severity: "error" as const,
        components: [],
        runbook: "the-alarms-differ-from-the-template",
        reason: `The rule ${name} is disabled in ${region}.`,
        since: at,
      }));
      return [{ source: `rules/${region}`, at, signals }];
    } catch (error) {
      onError("the rules were not read", error);
      return [];
    }
  };
