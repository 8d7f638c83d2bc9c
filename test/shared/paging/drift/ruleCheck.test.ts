import { expect, it } from "vitest";
import { openRuleCheck } from "#shared/paging/drift/ruleCheck.ts";
import { a, start } from "../support/samples.ts";

it("each disabled rule is a problem that names it, until it is enabled", async () => {
  let disabled: readonly string[] | Error = ["godwit_events"];
  const errors: string[] = [];
  const deployments = {
    async disabledRules() {
      if (disabled instanceof Error) throw disabled;
      return disabled;
    },
  };
  const onError = (what: string) => errors.push(what);
  const check = openRuleCheck({ region: a, deployments, now: () => start, onError });
  expect(await check()).toMatchObject([
    {
      source: `rules/${a}`,
      signals: [{ key: "godwit_events", severity: "error", reason: expect.stringContaining(a) }],
    },
  ]);
  // Without an answer, a page neither starts nor ends.
  disabled = new Error("throttled");
  expect(await check()).toEqual([]);
  expect(errors).toEqual(["the rules were not read"]);
  disabled = [];
  expect(await check()).toMatchObject([{ signals: [] }]);
});
