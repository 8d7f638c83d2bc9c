import { describe, expect, it } from "vitest";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { AlarmRecord, UpdateRecord } from "#shared/status/incidentRecord.ts";
import type { IncidentRecords } from "#shared/status/incidentRecords.ts";
import { someTime } from "../../memory/samples.ts";

const incident = incidentIdOf(someTime, "events eu-west-1");
const alarms: AlarmRecord = {
  kind: "alarms",
  incident,
  region: "eu-west-1",
  detectedAt: someTime,
  shownAt: someTime + 20_000,
  changes: [
    {
      at: someTime,
      affected: [{ component: "events", region: "eu-west-1", status: "partial_outage" }],
      isUnreadable: false,
    },
  ],
  alarms: [{ name: "Godwit-Region-eu-west-1-X", sentence: "Events wait.", since: someTime }],
};
const update = (at: number, of = incident): UpdateRecord => ({
  kind: "update",
  incident: of,
  id: incidentIdOf(at, "a person"),
  at,
  status: "identified",
  body: "We know the cause.",
});

/** Contract of every implementation of `IncidentRecords`. */
export const incidentRecordsContract = (open: () => Promise<IncidentRecords>): void => {
  describe("the records of incidents", () => {
    it("are read back as they were stored, by incident", async () => {
      const records = await open();
      const other = incidentIdOf(someTime + 5_000, "another");
      await records.put(update(someTime + 60_000));
      await records.put(alarms);
      await records.put(update(someTime + 6_000, other));
      expect(await records.find(incident)).toEqual([alarms, update(someTime + 60_000)]);
      expect(await records.list(someTime)).toHaveLength(3);
      expect(await records.find(incidentIdOf(someTime, "none"))).toEqual([]);
    });

    it("keep every update, and the latest record of the alarms and of the postmortem", async () => {
      const records = await open();
      await records.put(alarms);
      await records.put({ ...alarms, resolvedAt: someTime + 900_000 });
      await records.put(update(someTime + 1_000));
      await records.put(update(someTime + 2_000));
      for (const body of ["# First", "# Second"]) {
        await records.put({ kind: "postmortem", incident, at: someTime, body });
      }
      const found = await records.find(incident);
      expect(found.map(({ kind }) => kind)).toEqual(["alarms", "postmortem", "update", "update"]);
      expect(found).toContainEqual({ ...alarms, resolvedAt: someTime + 900_000 });
      expect(found).toContainEqual({
        kind: "postmortem",
        incident,
        at: someTime,
        body: "# Second",
      });
    });

    it("are listed from a time on", async () => {
      const records = await open();
      await records.put(alarms);
      expect(await records.list(someTime + 1_000)).toEqual([]);
      expect(await records.list(someTime - 86_400_000)).toEqual([alarms]);
    });
  });
};
