import { describe, expect, it } from "vitest";
import { type Judged, judge } from "#shared/release/model/judge.ts";

const judged = (healthy: number, failed: number, given: Partial<Judged> = {}) =>
  judge({
    failures: { count: 3, percent: 2 },
    assessments: [
      ...Array.from({ length: healthy }, (_, i) => ({ device: `h${i}`, at: i, isHealthy: true })),
      ...Array.from({ length: failed }, (_, i) => ({ device: `f${i}`, at: i, isHealthy: false })),
    ],
    eligible: 1_000,
    control: { devices: 50, unhealthy: 0 },
    ...given,
  }).kind;

describe("the judgement of a release", () => {
  it("comes from the fifth assessed device on", () => {
    expect(judged(0, 4)).toBe("go_on");
    expect(judged(0, 5)).toBe("halt");
  });

  it("is held while the cloud itself is degraded", () => {
    expect(judged(0, 5, { isDegraded: true })).toBe("pause");
    expect(judged(5, 0, { isDegraded: true })).toBe("pause");
  });

  it("comes with the last device of a smaller release", () => {
    expect(judged(0, 2, { eligible: 2 })).toBe("halt");
    expect(judged(0, 1, { eligible: 2 })).toBe("go_on");
  });

  it("needs both the number and the rate of failures", () => {
    expect(judged(3, 2)).toBe("go_on");
    expect(judged(2, 3)).toBe("halt");
    expect(judged(147, 3)).toBe("go_on");
    expect(judged(146, 3)).toBe("halt");
  });

  it("is a pause while devices without the update fail too", () => {
    expect(judged(0, 5, { control: { devices: 50, unhealthy: 40 } })).toBe("pause");
    expect(judged(100, 0, { control: { devices: 50, unhealthy: 10 } })).toBe("pause");
    expect(judged(0, 5, { control: { devices: 50, unhealthy: 10 } })).toBe("halt");
  });

  it("halts without a control group, when all devices are updated", () => {
    expect(judged(10, 5, { control: { devices: 0, unhealthy: 0 } })).toBe("halt");
  });
});
