import { expect, it } from "vitest";
import {
  failureReply,
  Html,
  noContent,
  Raw,
  reply,
  Versioned,
  WithCookie,
} from "../../../../functions/edge/http/reply.ts";
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

it("no browser takes a reply for another type than its own", () => {
  const replies = [
    reply(200, { ok: true }),
    reply(200, new Raw("<script>alert(1)</script>")),
    reply(200, new Html("<p>", "default-src 'none'")),
    reply(200, new WithCookie({ ok: true }, "godwit=x")),
    reply(200, new Versioned({ ok: true }, "r1")),
    reply(204, noContent),
    failureReply(new Failure("no", { code: "not_found" })),
  ];
  for (const { headers } of replies) {
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
  }
});
