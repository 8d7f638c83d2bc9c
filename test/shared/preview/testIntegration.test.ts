import { expect, it } from "vitest";
import { Failure } from "#shared/platform/failure.ts";
import { testIntegration } from "#shared/preview/testIntegration.ts";
import type { TargetReply, TargetRequest } from "#shared/target/target.ts";
import { memoryFirmwareVersions } from "../../memory/delivery/firmwareVersions.ts";
import { anEvent, anIntegration, stoppedClock } from "../../memory/samples.ts";

const secretive = anIntegration({ headers: { "x-key": "s3cret" }, disabled: true });

const attempt = async (answer: () => Promise<TargetReply>, integration = secretive) => {
  const clock = stoppedClock();
  const asked: TargetRequest[] = [];
  const post = async (request: TargetRequest) => {
    asked.push(request);
    clock.ms += 1_234;
    return answer();
  };
  const token = async () => "token";
  const tried = await testIntegration(integration, anEvent(), {
    post,
    token,
    versions: memoryFirmwareVersions(),
    now: clock.now,
  });
  return { tried, asked };
};

it("sends one complete request, and shows it with masked secrets", async () => {
  const { tried, asked } = await attempt(async () => ({ status: 201, body: "ok" }));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.headers["x-key"]).toBe("s3cret");
  expect(tried).toMatchObject({ verdict: "delivered", tookMs: 1_234, reply: { body: "ok" } });
  expect(tried.request.headers["x-key"]).toBe("********");
  expect({ ...tried.request, headers: {} }).toEqual({ ...asked[0], headers: {} });
});

it("masks secrets that the target repeats in its reply, and in the reason", async () => {
  const echo = async () => ({
    status: 200,
    body: `{"key":"s3cret","url":"${encodeURIComponent("s3cret")}"}`,
    contentType: "text/plain; s3cret",
  });
  const { tried } = await attempt(echo);
  expect(JSON.stringify(tried)).not.toContain("s3cret");
  const failing = await attempt(async () => {
    throw new Failure("s3cret is wrong", { code: "target_unavailable" });
  });
  expect(JSON.stringify(failing.tried)).not.toContain("s3cret");
});

it.each([
  [500, "failed"],
  [503, "overloaded"],
  [410, "gone"],
])("classifies a reply as for a delivery: %s is %s", async (status, verdict) => {
  const { tried } = await attempt(async () => ({ status, body: "" }));
  expect(tried.verdict).toBe(verdict);
});

it("has the reason why there is no reply", async () => {
  const { tried } = await attempt(async () => {
    throw new Failure("no connection", { code: "target_unavailable" });
  });
  expect(tried).toMatchObject({ verdict: "failed", failure: "no connection" });
  expect(tried.reply).toBeUndefined();
});

it("reports an overloaded target, also without a status", async () => {
  const { tried } = await attempt(async () => {
    throw new Failure("throttled", { code: "too_many_requests" });
  });
  expect(tried).toMatchObject({ verdict: "overloaded", failure: "throttled" });
});

it("sends nothing when the template cannot be used", async () => {
  const reply = async () => ({ status: 200, body: "" });
  await expect(attempt(reply, anIntegration({ body: "{{#a}}" }))).rejects.toMatchObject({
    code: "invalid_request",
  });
});
