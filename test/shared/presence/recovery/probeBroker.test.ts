import { expect, it } from "vitest";
import { probeBroker } from "#shared/presence/recovery/probeBroker.ts";

it("tells whether the broker answers, and reports why it does not", async () => {
  const errors: unknown[] = [];
  const onError = (_: string, error: unknown) => void errors.push(error);
  const answers = { presence: async () => ({ connected: false }) };
  expect(await probeBroker(answers, onError)).toBe(true);
  const cause = new Error("connection refused");
  const fails = { presence: () => Promise.reject(cause) };
  expect(await probeBroker(fails, onError)).toBe(false);
  expect(errors).toEqual([cause]);
});
