import { expect, it } from "vitest";
import { createFailedChanges } from "#shared/account/caller/failedChanges.ts";
import { failedChangeIntervalSeconds, failedChangesMax } from "#shared/account/caller/limits.ts";
import { memoryRateLimiter } from "../../../memory/account/rateLimiter.ts";

const actor = { fleet: "f1", username: "ada@example.com" };
const limited = { code: "too_many_requests", retryAfterSeconds: failedChangeIntervalSeconds };

const world = () => {
  const clock = { ms: 1_735_787_000_000 };
  const rateLimiter = memoryRateLimiter();
  const now = () => clock.ms;
  const open = () => createFailedChanges({ rateLimiter, now, warn: () => expect.unreachable() });
  return { clock, open, rateLimiter };
};

it("an actor whose changes fail too often is refused for a minute, in this fleet only", async () => {
  const { clock, open } = world();
  const changes = open();
  // The limit, and the first one of the following interval.
  for (let i = 0; i <= failedChangesMax; i += 1) {
    changes.require(actor);
    await changes.count(actor);
  }
  changes.require(actor);
  await changes.count(actor);
  expect(() => changes.require(actor)).toThrow(expect.objectContaining(limited));
  for (const other of [
    { ...actor, fleet: "f2" },
    { ...actor, username: "bob@example.com" },
  ]) {
    changes.require(other);
    await changes.count(other);
    changes.require(other);
  }
  clock.ms += failedChangeIntervalSeconds * 1_000;
  changes.require(actor);
});

it("workers share the count", async () => {
  const { open } = world();
  const [one, other] = [open(), open()];
  for (let i = 0; i <= failedChangesMax; i += 1) await one.count(actor);
  other.require(actor);
  await other.count(actor);
  expect(() => other.require(actor)).toThrow(expect.objectContaining(limited));
});

it("nothing is limited while the counts do not respond", async () => {
  const warnings: Error[] = [];
  const changes = createFailedChanges({
    rateLimiter: { acquire: () => Promise.reject(new Error("no table")) },
    now: () => 0,
    warn: (why) => warnings.push(why),
  });
  await changes.count(actor);
  changes.require(actor);
  expect(warnings).toMatchObject([{ message: "no table" }]);
});
