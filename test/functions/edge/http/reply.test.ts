import { expect, it } from "vitest";
import { failureReply } from "../../../../functions/edge/http/reply.ts";
import { Failure } from "../../../../shared/platform/failure.ts";

const retryAfter = (failure: Failure): string | undefined =>
  new Map(Object.entries(failureReply(failure).headers)).get("retry-after");

it("a failure has the time after which a retry can succeed", () => {
  const known = { code: "unavailable", retryAfterSeconds: 7 } as const;
  expect(retryAfter(new Failure("full", known))).toBe("7");
  expect(retryAfter(new Failure("not there", { code: "not_found" }))).toBeUndefined();
});

it("every 429 has a time, also when it is unknown", () => {
  expect(retryAfter(new Failure("a quota of AWS", { code: "too_many_requests" }))).toBe("1");
});
