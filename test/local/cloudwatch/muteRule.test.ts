import { describe, expect, it } from "vitest";
import {
  muteRule,
  muteRuleInput,
  muteStatus,
  windowOf,
} from "../../../local/cloudwatch/mute/muteRule.ts";

const at = (text: string) => Date.parse(`${text}Z`);

const rule = (
  Schedule: { Expression: string; Duration: string; Timezone?: string },
  more: object = {},
) =>
  muteRule(muteRuleInput.parse({ Rule: { Schedule }, ...more }), {
    name: "Deploy",
    region: "us-east-1",
    account: "0",
    now: 0,
  });

const isMuted = (given: ReturnType<typeof rule>, time: string) =>
  windowOf(given, at(time)) !== undefined;

describe("a mute rule", () => {
  it("mutes once from its time, for its duration", () => {
    const once = rule({ Expression: "at(2026-03-01T14:00)", Duration: "PT1H30M" });
    expect(isMuted(once, "2026-03-01T13:59:59")).toBe(false);
    expect(isMuted(once, "2026-03-01T14:00:00")).toBe(true);
    expect(isMuted(once, "2026-03-01T15:29:59")).toBe(true);
    expect(isMuted(once, "2026-03-01T15:30:00")).toBe(false);
    expect(windowOf(once, at("2026-03-01T14:10:00"))).toEqual({
      arn: "arn:aws:cloudwatch:us-east-1:0:alarm-mute-rule:Deploy",
      start: at("2026-03-01T14:00:00"),
      end: at("2026-03-01T15:30:00"),
    });
    expect(muteStatus(once, at("2026-03-01T13:00:00"))).toBe("SCHEDULED");
    expect(muteStatus(once, at("2026-03-01T14:30:00"))).toBe("ACTIVE");
    expect(muteStatus(once, at("2026-03-01T16:00:00"))).toBe("EXPIRED");
  });

  it("mutes at each time of a cron expression", () => {
    const nightly = rule({ Expression: "cron(0 2 * * *)", Duration: "PT2H" });
    for (const day of ["01", "02", "15"]) {
      expect(isMuted(nightly, `2026-03-${day}T01:59:00`)).toBe(false);
      expect(isMuted(nightly, `2026-03-${day}T02:00:30`)).toBe(true);
      expect(isMuted(nightly, `2026-03-${day}T03:59:59`)).toBe(true);
      expect(isMuted(nightly, `2026-03-${day}T04:00:00`)).toBe(false);
    }
  });

  it.each([
    // 2026-03-01 is a Sunday.
    ["cron(0 2 * * SUN)", "2026-03-01T02:30:00", true],
    ["cron(0 2 * * SUN)", "2026-03-02T02:30:00", false],
    ["cron(0 2 * * MON-FRI)", "2026-03-02T02:30:00", true],
    ["cron(0 1 1 * *)", "2026-03-01T01:30:00", true],
    ["cron(0 1 1 * *)", "2026-03-02T01:30:00", false],
    ["cron(0,30 9-11 * JAN,MAR *)", "2026-03-02T11:45:00", true],
    ["cron(0,30 9-11 * JAN,MAR *)", "2026-02-02T11:45:00", false],
  ])("%s at %s: %s", (Expression, time, expected) => {
    expect(isMuted(rule({ Expression, Duration: "PT45M" }), time)).toBe(expected);
  });

  it("spans days", () => {
    const weekend = rule({ Expression: "cron(0 18 * * FRI)", Duration: "P2DT12H" });
    expect(isMuted(weekend, "2026-03-06T17:59:00")).toBe(false);
    expect(isMuted(weekend, "2026-03-08T12:00:00")).toBe(true);
    expect(isMuted(weekend, "2026-03-09T05:59:00")).toBe(true);
    expect(isMuted(weekend, "2026-03-09T06:00:00")).toBe(false);
  });

  it("uses the time zone, before and after a change of the clock", () => {
    const berlin = rule({
      Expression: "at(2026-07-01T14:00)",
      Duration: "PT1H",
      Timezone: "Europe/Berlin",
    });
    expect(isMuted(berlin, "2026-07-01T12:00:00")).toBe(true);
    expect(isMuted(berlin, "2026-07-01T13:00:00")).toBe(false);
    const daily = rule({
      Expression: "cron(0 2 * * *)",
      Duration: "PT1H",
      Timezone: "America/New_York",
    });
    expect(isMuted(daily, "2026-01-10T07:30:00")).toBe(true);
    expect(isMuted(daily, "2026-07-10T06:30:00")).toBe(true);
    expect(isMuted(daily, "2026-07-10T07:30:00")).toBe(false);
  });

  it("is limited to its dates", () => {
    const limited = rule(
      { Expression: "cron(0 2 * * *)", Duration: "PT2H" },
      { StartDate: "2026-03-02T00:00:00Z", ExpireDate: "2026-03-03T03:00:00Z" },
    );
    expect(isMuted(limited, "2026-03-01T02:30:00")).toBe(false);
    expect(isMuted(limited, "2026-03-02T02:30:00")).toBe(true);
    expect(isMuted(limited, "2026-03-03T02:30:00")).toBe(true);
    expect(isMuted(limited, "2026-03-03T03:00:00")).toBe(false);
    expect(muteStatus(limited, at("2026-03-03T03:00:00"))).toBe("EXPIRED");
  });

  it.each([
    [{ Expression: "rate(1 hour)", Duration: "PT1H" }, "is neither at("],
    [{ Expression: "cron(0 2 * *)", Duration: "PT1H" }, "needs 5 fields"],
    [{ Expression: "cron(0 2 * * 1)", Duration: "PT1H" }, "name the day of the week"],
    [{ Expression: "cron(*/5 * * * *)", Duration: "PT1H" }, "'*/5' is not valid"],
    [{ Expression: "cron(60 * * * *)", Duration: "PT1H" }, "'60' is not valid"],
    [{ Expression: "at(2026-13-01T14:00)", Duration: "PT1H" }, "is not a valid time"],
    [{ Expression: "at(2026-03-01T14:00)", Duration: "PT30S" }, "not between PT1M and P15D"],
    [{ Expression: "at(2026-03-01T14:00)", Duration: "P16D" }, "not between PT1M and P15D"],
    [
      { Expression: "at(2026-03-01T14:00)", Duration: "PT1H", Timezone: "Mars" },
      "no time zone Mars",
    ],
  ])("is refused: %j", (schedule, message) => {
    expect(() => rule(schedule)).toThrow(message);
  });
});
