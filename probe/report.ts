import type { Answer, Probe } from "./probe.ts";

type Described = Omit<Probe<never>, "run">;

/** What the probes do in the account, and at most cost. */
export const formatPlan = (
  probes: readonly Described[],
  { account, region }: { readonly account: string; readonly region: string },
): string => {
  const dollars = probes.reduce((sum, one) => sum + one.dollars, 0);
  const minutes = probes.reduce((sum, one) => sum + one.minutes, 0);
  return [
    `Account ${account}, region ${region}:`,
    ...probes.flatMap(({ name, question, changes }) => [
      `  ${name}: ${question}`,
      ...changes.map((change) => `    ${change}`),
    ]),
    `Everything is deleted at the end. Price: at most $${dollars.toFixed(2)}. Time: up to ${minutes} minutes.`,
  ].join("\n");
};

/** The result of a probe: observed, expected, and the advice if they differ. */
export const formatAnswer = (
  { name, question, expected, advice }: Described,
  { observed, isExpected }: Answer,
): string =>
  [
    `${isExpected ? "as expected" : "DIFFERENT"}  ${name}: ${question}`,
    `  observed: ${observed}`,
    `  expected: ${expected}`,
    ...(isExpected ? [] : [`  change:   ${advice}`]),
  ].join("\n");
