import { describe, expect, it } from "vitest";
import { parseAlarmText, renderAlarmText } from "#shared/alarm/alarmText.ts";
import { type Check, checks } from "#shared/objective/check.ts";
import {
  burnRates,
  failingSentence,
  failureRatio,
  objectives,
  windowSentence,
} from "#shared/objective/objectives.ts";

/** A check is made every minute, unless it costs too much. */
const everyMinutesOf = (check: Check): number => objectives[check].everyMinutes ?? 1;

describe("every objective", () => {
  it.each(checks)("%s has a text that an alarm can have", (check) => {
    const objective = objectives[check];
    const windows = burnRates.map((burn) => windowSentence(objective, burn, burn.longMinutes));
    for (const sentence of [failingSentence(objective, 2), ...windows]) {
      expect(parseAlarmText(renderAlarmText({ ...objective, sentence }))).toMatchObject({
        sentence,
        components: objective.components,
      });
    }
  });

  it.each(checks)("%s tolerates one failed check in each long window", (check) => {
    for (const burn of burnRates) {
      const samples = burn.longMinutes / everyMinutesOf(check);
      expect(failureRatio(objectives[check], burn) * samples).toBeGreaterThan(1);
    }
  });

  it.each(checks)("%s ends soon: one failed check fills a short window", (check) => {
    for (const burn of burnRates) {
      const samples = Math.max(1, burn.shortMinutes / everyMinutesOf(check));
      expect(failureRatio(objectives[check], burn) * samples).toBeLessThanOrEqual(1);
    }
  });
});

it("the ratio of failed checks is the burn rate times the error budget", () => {
  expect(failureRatio({ targetPercent: 99.5 }, { rate: 14.4 })).toBe(0.072);
  expect(failureRatio({ targetPercent: 99.5 }, { rate: 6 })).toBe(0.03);
  expect(failureRatio({ targetPercent: 99.9 }, { rate: 14.4 })).toBe(0.0144);
});
