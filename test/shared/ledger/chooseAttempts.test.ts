import { expect, it } from "vitest";
import { chooseAttempts } from "#shared/ledger/chooseAttempts.ts";
import { attemptIntegrationsMax } from "#shared/ledger/limits.ts";
import type { Attempt } from "#shared/ledger/record.ts";
import { someTime } from "../../memory/samples.ts";

const attempt = (integration: string, ok = true): Attempt => ({
  integration,
  delivery: `msg_${integration}`,
  event: { id: "e", name: "temp", device: "d" },
  number: 1,
  at: someTime,
  tookMs: 5,
  ok,
});

const names = (number: number, prefix = "i"): string[] =>
  Array.from({ length: number }, (_, n) => `${prefix}${n}`);

it("stores all attempts of few integrations, however often they come", () => {
  const choose = chooseAttempts();
  const some = names(attemptIntegrationsMax).flatMap((name) => [attempt(name), attempt(name)]);
  for (let i = 0; i < 3; i += 1) expect(choose(some)).toHaveLength(some.length);
});

it("stores attempts of each of many integrations in turn", () => {
  const choose = chooseAttempts();
  const many = names(3 * attemptIntegrationsMax).map((name) => attempt(name));
  const seen = new Set<string>();
  for (let i = 0; i < 3; i += 1) {
    const chosen = choose(many);
    expect(chosen).toHaveLength(attemptIntegrationsMax);
    for (const { integration } of chosen) seen.add(integration);
  }
  expect(seen.size).toBe(many.length);
});

it("stores failed attempts first", () => {
  const choose = chooseAttempts();
  const many = names(3 * attemptIntegrationsMax).map((name) => attempt(name));
  const failed = names(5, "failed").map((name) => attempt(name, false));
  for (let i = 0; i < 3; i += 1) {
    expect(choose([...many, ...failed])).toEqual(expect.arrayContaining(failed));
  }
});
