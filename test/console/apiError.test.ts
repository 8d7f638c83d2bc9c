import { describe, expect, it } from "vitest";
import { ApiError, nextStep } from "../../console/api/apiError.ts";

const offline = new ApiError("The API does not answer.", { status: 0, code: "offline" });
const broken = new ApiError("Something failed.", { status: 500, code: "server_error" });

describe("the next step of an error", () => {
  it.each([offline, broken])("promises a repeat only where the console repeats: $code", (error) => {
    expect(nextStep(error, { isRepeated: true })).toContain("tries again by itself");
    expect(nextStep(error, { isRepeated: false })).toContain("repeat it");
    expect(nextStep(error, { isRepeated: false })).not.toContain("by itself");
  });

  it("names the time where the API names one, also for an outage", () => {
    const given = { status: 503, code: "server_error", retryAfterSeconds: 1 };
    const busy = new ApiError("Busy.", given);
    expect(nextStep(busy, { isRepeated: false })).toBe("Try again in 1 second.");
  });
});
