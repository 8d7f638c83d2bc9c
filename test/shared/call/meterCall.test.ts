import { describe, expect, it } from "vitest";
import { recordOfCall, wasSent } from "#shared/call/meterCall.ts";
import { Failure, type FailureCode } from "#shared/platform/failure.ts";

const call = { id: "c1", fleet: "f1", device: "d1", at: 5 };

describe("what a call counts as", () => {
  it("is one operation of its kind, whatever the size of the argument", () => {
    const question = { function: "led", argument: "x".repeat(5_000) };
    const [plan] = recordOfCall({ ...call, question }).plans;
    expect(plan).toMatchObject({ event: "c1", acceptedAt: 5, to: [] });
    expect(plan?.metered).toEqual({ fleet: "f1", device: "d1", kind: "function", kilobytes: 1 });
    const [read] = recordOfCall({ ...call, question: { variable: "t" } }).plans;
    expect(read?.metered).toMatchObject({ kind: "variable" });
  });

  it("is nothing if the call was not sent to the device", () => {
    const failed = (code: FailureCode): boolean => wasSent(new Failure("no", { code }));
    expect(failed("device_offline")).toBe(false);
    expect(failed("too_many_requests")).toBe(false);
    expect(failed("unavailable")).toBe(false);
    expect(failed("device_timeout")).toBe(true);
    expect(failed("device_error")).toBe(true);
    expect(failed("no_such_function")).toBe(true);
    expect(wasSent(new Error("a fault before it was sent"))).toBe(false);
  });
});
