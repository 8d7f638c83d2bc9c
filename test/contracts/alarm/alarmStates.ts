import { describe, expect, it } from "vitest";
import type { ActiveAlarm, AlarmStates } from "#shared/alarm/alarmStates.ts";

const region = "us-east-1";
const since = new Date("2026-12-01T10:00:00Z");

/** An alarm that a test of the contract sets up. */
export const sampleAlarm = (change: Partial<ActiveAlarm> = {}): ActiveAlarm => ({
  name: "Godwit-Region-us-east-1-Events",
  region,
  text: {
    sentence: "Events wait too long.",
    severity: "error",
    components: ["events"],
    runbook: "events-wait",
  },
  state: "ALARM",
  since,
  reason: "Threshold crossed",
  contributors: [],
  isComposite: false,
  members: [],
  hasActions: true,
  pages: true,
  ...change,
});

/** What every `AlarmStates` does. `open` starts with these alarms. */
export const alarmStatesContract = (
  open: (alarms: readonly ActiveAlarm[]) => Promise<AlarmStates>,
): void => {
  describe("AlarmStates", () => {
    it("are none while all alarms are OK", async () => {
      expect(await (await open([])).active(region)).toEqual([]);
    });

    it("have the text, the parts and the time of each alarm that is not OK", async () => {
      const alarms = [
        sampleAlarm(),
        sampleAlarm({ name: "Godwit-A", contributors: ["RuleName=godwit_events"] }),
        sampleAlarm({ name: "Godwit-B", isComposite: true, members: ["Godwit-A"] }),
        sampleAlarm({ name: "Godwit-C", state: "INSUFFICIENT_DATA" }),
      ];
      const found = await (await open(alarms)).active(region);
      const byName = (one: ActiveAlarm, other: ActiveAlarm) => (one.name < other.name ? -1 : 1);
      expect(found.toSorted(byName)).toEqual(alarms.toSorted(byName));
    });

    it("tell which alarms perform no actions now", async () => {
      const states = await open([sampleAlarm({ pages: false })]);
      expect(await states.active(region)).toMatchObject([{ pages: false }]);
    });
  });
};
